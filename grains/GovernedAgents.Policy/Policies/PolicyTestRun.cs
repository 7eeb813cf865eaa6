using System.Globalization;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>How one example came out.</summary>
/// <param name="Fault">What differs from what was expected; null when nothing does.</param>
public sealed record ExampleOutcome(string Name, string Place, Decision Decision, string? Fault);

/// <summary>All examples of one policy and which of its rules they reach.</summary>
public sealed record PolicyTestReport
{
    public required string Policy { get; init; }
    public required IReadOnlyList<ExampleOutcome> Examples { get; init; }
    /// <summary>Rules that no example's decision names.</summary>
    public required IReadOnlyList<string> Untested { get; init; }
    public required int Rules { get; init; }

    public bool Passed => Examples.All(e => e.Fault is null);
}

/// <summary>Runs examples against a policy: rules, baseline and freezes, as the gate would.</summary>
public static class PolicyTestRun
{
    public static PolicyTestReport Run(CompiledPolicy policy, IEnumerable<PolicyTestDefinition> tests)
    {
        var outcomes = tests.SelectMany(t => t.Examples).Select(e => Judge(policy, e)).ToList();
        var named = outcomes.SelectMany(o => o.Decision.RuleIds).ToHashSet(StringComparer.Ordinal);
        return new PolicyTestReport
        {
            Policy = policy.Definition.Name, Examples = outcomes, Rules = policy.Definition.Rules.Count,
            Untested = [.. policy.Definition.Rules.Select(r => r.Id).Where(id => !named.Contains(id)).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>What the policy says of a call at an instant, freezes first.</summary>
    public static PolicyVerdict Decide(CompiledPolicy policy, CallFacts facts, DateTimeOffset? at)
    {
        var frozen = at is { } now ? policy.FreezesAt(now, facts.Effect) : [];
        return frozen.Count == 0 ? policy.Evaluate(facts) : new PolicyVerdict
        {
            ByPolicy = false,
            Decision = new Decision
            {
                Effect = DecisionEffect.Deny, RuleIds = [.. frozen.Select(f => $"frozen:{f.Id}")], Reasons = [.. frozen.Select(f => f.Reason)], PolicyVersion = policy.Version,
            },
        };
    }

    private static ExampleOutcome Judge(CompiledPolicy policy, PolicyExample example)
    {
        var now = example.At ?? DateTimeOffset.UnixEpoch;
        var earlier = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (call, ago) in example.Earlier.OrderByDescending(e => e.Ago))
            foreach (var mark in policy.MarksOf(call)) earlier[mark.Key] = now - ago;
        var verdict = Decide(policy, example.Call with { Now = now, Earlier = earlier }, example.At);
        return new ExampleOutcome(example.Name, example.Place, verdict.Decision, Fault(example, verdict));
    }

    private static string? Fault(PolicyExample example, PolicyVerdict verdict)
    {
        var decision = verdict.Decision;
        var by = $"by {string.Join(", ", decision.RuleIds)}: {string.Join(" ", decision.Reasons)}";
        if (decision.Effect != example.Decision) return $"expected {DefinitionJson.Name(example.Decision)}, decided {DefinitionJson.Name(decision.Effect)} {by}";
        var missing = example.Rules.Except(decision.RuleIds, StringComparer.Ordinal).ToList();
        if (missing.Count > 0) return $"expected {string.Join(", ", missing)} to take part, decided {by}";
        var approvals = verdict.Requirements.Select(r => r.Quorum.Sum(s => s.Approvals)).DefaultIfEmpty().Max();
        if (example.Approvals is { } expected && expected != approvals) return string.Create(CultureInfo.InvariantCulture, $"expected {expected} approvals, {approvals} are asked for {by}");
        return null;
    }
}
