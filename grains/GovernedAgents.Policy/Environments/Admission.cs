using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Environments;

/// <summary>Everything that is looked at before a policy's rules, and the limits after them: <c>configuration.md</c>, points 1 and 6.</summary>
public static class Admission
{
    /// <summary>What stands around a call: collected by the grain, judged here.</summary>
    public sealed record Circumstances
    {
        public required DateTimeOffset Now { get; init; }
        public required SessionStatus Session { get; init; }
        /// <summary>Why the whole fleet is halted; null when it runs.</summary>
        public string? HaltReason { get; init; }
        /// <summary>Why this agent was killed; null when it lives.</summary>
        public string? KillReason { get; init; }
        /// <summary>The agent may work in this environment.</summary>
        public required bool AgentAllowed { get; init; }
        /// <summary>The starter's groups (or the person) have access to this environment.</summary>
        public required bool StarterAllowed { get; init; }
    }

    public static PolicyVerdict Decide(EnvironmentState state, CompiledPolicy policy, CallFacts facts, Circumstances around)
    {
        var ids = new List<string>();
        var reasons = new List<string>();
        void Deny(string id, string reason) { ids.Add(id); reasons.Add(reason); }

        if (around.HaltReason is { } halt) Deny("fleet-halted", $"The fleet is halted: {halt} An operator has to resume it.");
        if (around.KillReason is { } kill) Deny("agent-killed", $"Agent '{facts.Agent}' was killed: {kill} An operator has to revive it.");
        // A tripwire's quarantine holds here before the session has recorded it.
        var tripped = state.Tripped.Count > 0 ? state.Tripped.GetValueOrDefault(facts.Session) : null;
        var session = tripped is { Then: TripwireAction.QuarantineSession } && around.Session < SessionStatus.Quarantined ? SessionStatus.Quarantined : around.Session;
        switch (session)
        {
            case SessionStatus.Paused: Deny("session-paused", "The session (or one that it descends from) is paused. Its starter or an operator can resume it."); break;
            case SessionStatus.Quarantined: Deny("session-quarantined", "The session (or one that it descends from) is quarantined. Only an operator can resume it."); break;
            case SessionStatus.Ended: Deny("session-ended", "The session has ended. Start a new one."); break;
        }

        if (!around.AgentAllowed) Deny("agent-environments", $"Agent '{facts.Agent}' is not configured for environment '{facts.Environment}'. Add it to the agent's 'environments'.");
        if (!around.StarterAllowed) Deny("environment-access", $"{facts.Principal} has no access to environment '{facts.Environment}'. Its 'access' names who has.");
        foreach (var freeze in state.Freezes.Values.OrderBy(freeze => freeze.Id, StringComparer.Ordinal))
        {
            if (freeze.Blocks.Contains(facts.Effect)) Deny($"frozen:{freeze.Id}", $"'{facts.Environment}' is frozen for {Word(facts.Effect)}: {freeze.Reason}");
        }

        foreach (var freeze in policy.FreezesAt(around.Now, facts.Effect))
            Deny($"frozen:{freeze.Id}", $"'{facts.Environment}' is frozen for {Word(facts.Effect)} by its policy until {freeze.Until:O}.");

        return ids.Count == 0
            ? policy.Evaluate(facts)
            : new PolicyVerdict { ByPolicy = false, Decision = new Decision { Effect = DecisionEffect.Deny, RuleIds = ids, Reasons = reasons, PolicyVersion = state.PolicyVersion } };
    }

    /// <summary>Whether this id of a decision names something that is looked at before the policy.</summary>
    public static bool IsCircumstance(string ruleId) => ruleId is "fleet-halted" or "agent-killed" or "session-paused" or "session-quarantined" or "session-ended" or "agent-environments" or "environment-access"
        || ruleId.StartsWith("frozen:", StringComparison.Ordinal);

    private static string Word(EffectClass effect) => effect.ToString().ToLowerInvariant();
}
