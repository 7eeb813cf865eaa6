using System.Text.Json.Nodes;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Which way one change goes.</summary>
public enum DiffDirection { Stricter, Looser, Other }

public sealed record PolicyChange(DiffDirection Direction, string Text);

/// <summary>Two versions of a policy in words, for people who have to agree to the second.</summary>
public static class PolicyDiff
{
    public static IReadOnlyList<PolicyChange> Of(PolicyDefinition before, PolicyDefinition after)
    {
        var changes = new List<PolicyChange>();
        Baseline(before, after, changes);
        if (Text(before.Review?.ToJson()) != Text(after.Review?.ToJson())) changes.Add(new(DiffDirection.Other, $"The default review was {Review(before.Review)}; it becomes {Review(after.Review)}."));
        ById(before.Rules, after.Rules, r => r.Id, Rule, changes);
        ById(before.Limits, after.Limits, l => l.Id, Limit, changes);
        ById(before.Freezes, after.Freezes, f => f.Id, Freeze, changes);
        ById(before.Tripwires, after.Tripwires, t => t.Id, Tripwire, changes);
        ById(before.Invariants, after.Invariants, i => i.Id, Invariant, changes);
        return changes;
    }

    private static void Baseline(PolicyDefinition before, PolicyDefinition after, List<PolicyChange> changes)
    {
        foreach (var tier in Enum.GetValues<AutonomyTier>())
        {
            foreach (var effect in Enum.GetValues<EffectClass>())
            {
                var (was, now) = (CompiledBaseline.Cell(before.Baseline, tier, effect), CompiledBaseline.Cell(after.Baseline, tier, effect));
                if (was == now) continue;
                changes.Add(new(now > was ? DiffDirection.Stricter : DiffDirection.Looser,
                    $"The baseline for {DefinitionJson.Name(effect)} at tier {DefinitionJson.Name(tier)} goes from {DefinitionJson.Name(was)} to {DefinitionJson.Name(now)}."));
            }
        }
    }

    /// <summary>What is the same by id is compared in words; an added restriction is stricter, a removed one looser.</summary>
    private static void ById<T>(IReadOnlyList<T> before, IReadOnlyList<T> after, Func<T, string> id, Func<T, (string What, bool Restricts)> say, List<PolicyChange> changes)
    {
        var olds = before.ToDictionary(id, StringComparer.Ordinal);
        var news = after.ToDictionary(id, StringComparer.Ordinal);
        foreach (var (name, old) in olds)
        {
            var was = say(old);
            if (!news.TryGetValue(name, out var kept)) changes.Add(new(was.Restricts ? DiffDirection.Looser : DiffDirection.Stricter, $"Gone: {was.What}"));
            else if (say(kept) is var now && now != was) changes.Add(new(DiffDirection.Other, $"Was: {was.What} Becomes: {now.What}"));
        }

        foreach (var (name, added) in news.Where(n => !olds.ContainsKey(n.Key)))
            changes.Add(new(say(added).Restricts ? DiffDirection.Stricter : DiffDirection.Looser, $"New: {say(added).What}"));
    }

    private static (string, bool) Rule(RuleDefinition rule)
    {
        var decides = rule.Decide switch { DecisionEffect.Allow => "allows", DecisionEffect.Review => "asks for review", _ => "denies" };
        var review = rule.Review is null ? "" : $" by {Review(rule.Review)}";
        var reason = rule.Reason is null ? "" : $" («{rule.Reason}»)";
        return ($"rule '{rule.Id}' {decides}{review} where {MatchText.Of(rule.Match)}{reason}.", rule.Decide != DecisionEffect.Allow);
    }

    private static (string, bool) Limit(LimitDefinition limit) =>
        ($"limit '{limit.Id}': {limit.Rate} with a burst of {limit.Burst} per {DefinitionJson.Name(limit.Per)}, where {MatchText.Of(limit.Match)}.", true);

    private static (string, bool) Freeze(FreezeDefinition freeze)
    {
        var when = freeze.Cron is null
            ? $"from {FreezeDefinition.Instant(freeze.From!.Value)} to {FreezeDefinition.Instant(freeze.To!.Value)}"
            : $"at '{freeze.Cron}' ({freeze.TimeZone}) for {Durations.Write(freeze.Duration!.Value)}";
        return ($"freeze '{freeze.Id}' of {string.Join(", ", freeze.Blocks.Select(DefinitionJson.Name))} {when}.", true);
    }

    private static (string, bool) Tripwire(TripwireDefinition tripwire) =>
        ($"tripwire '{tripwire.Id}': {DefinitionJson.Name(tripwire.Then)} after {tripwire.AtLeast} × {string.Join(", ", tripwire.Decisions.Select(DefinitionJson.Name).Concat(tripwire.Outcomes.Select(DefinitionJson.Name)))} "
            + $"within {Durations.Write(tripwire.Within)} per {DefinitionJson.Name(tripwire.Per)}.", true);

    private static (string, bool) Invariant(InvariantDefinition invariant) => ($"invariant '{invariant.Id}': {Text(invariant.ToJson()["never"])}.", true);

    private static string Review(ReviewDefinition? review) => review?.Quorum is null && review?.ToJson().Count is null or 0 ? "nobody's" : Words(review!);

    private static string Words(ReviewDefinition review)
    {
        var quorum = review.Quorum is null ? "the default quorum" : string.Join(" and ", review.Quorum.Select(s => $"{s.Approvals} of {string.Join(" or ", s.From)}"));
        var json = review.ToJson();
        json.Remove("quorum");
        return json.Count == 0 ? quorum : $"{quorum} ({string.Join(", ", json.Select(member => $"{member.Key} {Text(member.Value).Trim('"')}"))})";
    }

    private static string Text(JsonNode? node) => node is null ? "" : DefinitionJson.Canonical(node);
}
