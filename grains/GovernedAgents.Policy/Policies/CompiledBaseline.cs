using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Tier × effect → decision, with the reason that says at which tier it would be less strict.</summary>
internal sealed class CompiledBaseline
{
    public const string Id = "baseline";

    private static readonly AutonomyTier[] Tiers = Enum.GetValues<AutonomyTier>();
    private static readonly EffectClass[] Effects = Enum.GetValues<EffectClass>();

    private readonly (DecisionEffect Decision, string Reason)[] _cells = new (DecisionEffect, string)[Tiers.Length * Effects.Length];

    public CompiledBaseline(IReadOnlyDictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>> baseline)
    {
        foreach (var tier in Tiers)
            foreach (var effect in Effects)
                _cells[((int)tier * Effects.Length) + (int)effect] = (Cell(baseline, tier, effect), Reason(baseline, tier, effect));
    }

    public (DecisionEffect Decision, string Reason) this[AutonomyTier tier, EffectClass effect] => _cells[((int)tier * Effects.Length) + (int)effect];

    /// <summary>A missing cell is deny.</summary>
    public static DecisionEffect Cell(IReadOnlyDictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>> baseline, AutonomyTier tier, EffectClass effect) =>
        baseline.TryGetValue(tier, out var row) && row.TryGetValue(effect, out var decision) && decision is DecisionEffect.Allow or DecisionEffect.Review ? row[effect] : DecisionEffect.Deny;

    private static string Reason(IReadOnlyDictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>> baseline, AutonomyTier tier, EffectClass effect)
    {
        var what = $"{DefinitionJson.Name(effect)} at tier {DefinitionJson.Name(tier)}";
        var cell = Cell(baseline, tier, effect);
        var above = Array.Find(Tiers, t => t > tier && Cell(baseline, t, effect) < cell);
        var wayOut = above > tier ? $"; from tier {DefinitionJson.Name(above)} on it {(Cell(baseline, above, effect) == DecisionEffect.Allow ? "allows it" : "asks for review")}" : "";
        return cell switch
        {
            DecisionEffect.Allow => $"The baseline allows {what}.",
            DecisionEffect.Review => $"The baseline asks for review of {what}{wayOut}.",
            _ => $"The baseline denies {what}{wayOut}.",
        };
    }
}
