using System.Globalization;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>A call that a policy would let through against an invariant.</summary>
public sealed record InvariantBreak
{
    public required string Invariant { get; init; }
    public required EffectClass Effect { get; init; }
    public required EnvironmentClass Class { get; init; }
    public required AutonomyTier Tier { get; init; }
    /// <summary>Allow or review.</summary>
    public required DecisionEffect Decision { get; init; }
    /// <summary>Distinct people that this decision asks for.</summary>
    public required int Approvals { get; init; }
    /// <summary>What decides it, <c>baseline</c> included.</summary>
    public required IReadOnlyList<string> RuleIds { get; init; }
    /// <summary>Conditions that have to hold for it; empty when none has to.</summary>
    public required IReadOnlyList<string> Assuming { get; init; }

    public override string ToString()
    {
        var who = Approvals == 0 ? "without any approval" : string.Create(CultureInfo.InvariantCulture, $"with {Approvals} approval{(Approvals == 1 ? "" : "s")}");
        var assuming = Assuming.Count == 0 ? "" : $", where {string.Join(" and ", Assuming)}";
        return $"{string.Join(", ", RuleIds)} let{(RuleIds.Count == 1 ? "s" : "")} a {DefinitionJson.Name(Effect)} call in {DefinitionJson.Name(Class)} at tier {DefinitionJson.Name(Tier)}{assuming} start {who}.";
    }
}

/// <summary>
/// Proves invariants over every combination of effect, class and tier. A condition that cannot be enumerated may hold or not; the same condition holds in every rule alike. Let
/// T be the conditions that hold. With more of them there are only more denials and more reviews, so it is enough to look at the least T that lets the call
/// pass at all: nothing; what one allow rule needs; what one review rule needs (its requirement stands in for the policy's own). O(cells × rules) for rules of few conditions.
/// </summary>
public sealed class InvariantProof
{
    private sealed record Rule(RuleDefinition Definition, ulong Cells, int[] Needs, int? Approvals);

    private readonly PolicyDefinition _policy;
    private readonly int? _standard;
    private readonly List<string> _conditions = [];
    private readonly Rule[] _rules;
    private readonly Rule[] _unconditional;
    private readonly ILookup<int, Rule> _byFirstNeed;

    public InvariantProof(PolicyDefinition policy)
    {
        _policy = policy;
        _standard = ApprovalsOf(CompiledRule.RequirementOf(CompiledBaseline.Id, policy.Review, null));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        _rules =
        [
            .. policy.Rules.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new Rule(
                r, CallCells.Set(r.Match.Effect, r.Match.Class, r.Match.Tier),
                [.. MatchText.Conditions(r.Match).Where(c => !c.Enumerable).Select(c => NumberOf(c.Text, numbers)).Distinct().Order()],
                r.Decide == DecisionEffect.Review ? ApprovalsOf(CompiledRule.RequirementOf(r.Id, r.Review, policy.Review)) : null)),
        ];
        _unconditional = [.. _rules.Where(r => r.Needs.Length == 0)];
        _byFirstNeed = _rules.Where(r => r.Needs.Length > 0).ToLookup(r => r.Needs[0]);
    }

    /// <summary>The policy's invariants that it could break, each with an example call.</summary>
    public IReadOnlyList<InvariantBreak> Breaks() => [.. _policy.Invariants.Select(Break).OfType<InvariantBreak>()];

    /// <summary>An example call that breaks the invariant; null when there is none.</summary>
    public InvariantBreak? Break(InvariantDefinition invariant)
    {
        var cells = CallCells.Set(invariant.Effect, invariant.Class, invariant.Tier);
        for (var cell = 0; cell < CallCells.Count; cell++)
        {
            if (!CallCells.Has(cells, cell)) continue;
            foreach (var needs in _rules.Where(r => r.Definition.Decide != DecisionEffect.Deny && CallCells.Has(r.Cells, cell)).Select(r => r.Needs).Prepend([]))
                if (Passes(cell, needs) is { } passed && passed.Approvals < invariant.WithFewerApprovalsThan) return passed with { Invariant = invariant.Id };
        }

        return null;
    }

    /// <summary>How a call of this cell passes when exactly these conditions hold; null when it is denied.</summary>
    private InvariantBreak? Passes(int cell, int[] holding)
    {
        var (effect, environment, tier) = CallCells.At(cell);
        if (tier == AutonomyTier.Observe && effect > EffectClass.Read) return null;
        var rules = Holding(holding).Where(r => CallCells.Has(r.Cells, cell)).ToList();
        var reviews = rules.Where(r => r.Definition.Decide == DecisionEffect.Review).ToList();
        if (rules.Exists(r => r.Definition.Decide is not (DecisionEffect.Allow or DecisionEffect.Review)) || reviews.Exists(r => r.Approvals is null)) return null;

        var allows = rules.Where(r => r.Definition.Decide == DecisionEffect.Allow).ToList();
        var basis = allows.Count > 0 ? DecisionEffect.Allow : CompiledBaseline.Cell(_policy.Baseline, tier, effect);
        if (basis == DecisionEffect.Deny || (basis == DecisionEffect.Review && reviews.Count == 0 && _standard is null)) return null;
        IEnumerable<string> deciding = reviews.Count > 0 ? reviews.Select(r => r.Definition.Id) : [];
        if (allows.Count > 0) deciding = deciding.Concat(allows.Select(r => r.Definition.Id));
        else if (reviews.Count == 0) deciding = deciding.Append(CompiledBaseline.Id);
        return new InvariantBreak
        {
            Invariant = "", Effect = effect, Class = environment, Tier = tier, RuleIds = [.. deciding], Assuming = [.. holding.Select(c => _conditions[c])],
            Decision = reviews.Count > 0 ? DecisionEffect.Review : basis,
            // One vote may serve several requirements: together they ask for no more people than the largest of them.
            Approvals = reviews.Count > 0 ? reviews.Max(r => r.Approvals!.Value) : basis == DecisionEffect.Allow ? 0 : _standard!.Value,
        };
    }

    private IEnumerable<Rule> Holding(int[] conditions) =>
        _unconditional.Concat(conditions.SelectMany(c => _byFirstNeed[c]).Where(r => Array.TrueForAll(r.Needs, n => Array.BinarySearch(conditions, n) >= 0)));

    private int NumberOf(string condition, Dictionary<string, int> numbers)
    {
        if (numbers.TryGetValue(condition, out var number)) return number;
        _conditions.Add(condition);
        return numbers[condition] = _conditions.Count - 1;
    }

    /// <summary>Within one requirement the slots need distinct people.</summary>
    private static int? ApprovalsOf(ReviewRequirement? requirement) => requirement?.Quorum.Sum(s => s.Approvals);
}
