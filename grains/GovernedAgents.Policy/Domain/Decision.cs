using Orleans;

namespace GovernedAgents.Policy;

/// <summary>What was decided about one call, with every rule that took part.</summary>
[GenerateSerializer, Immutable, Alias("ga.Decision")]
public sealed record Decision
{
    [Id(0)] public required DecisionEffect Effect { get; init; }
    /// <summary>Ids of rules, limits or built-in checks (<c>baseline</c>, <c>frozen:&lt;id&gt;</c>, <c>session-paused</c>, <c>policy-fault</c>, …).</summary>
    [Id(1)] public IReadOnlyList<string> RuleIds { get; init; } = [];
    [Id(2)] public IReadOnlyList<string> Reasons { get; init; } = [];
    /// <summary><c>sha256:</c> + hex of the policy's canonical form.</summary>
    [Id(3)] public string PolicyVersion { get; init; } = "";
}

/// <summary>One place in a quorum: that many distinct people out of these (<c>group:sre</c>, <c>person:alice</c>).</summary>
[GenerateSerializer, Immutable, Alias("ga.QuorumSlot")]
public sealed record QuorumSlot
{
    [Id(0)] public required IReadOnlyList<string> From { get; init; }
    [Id(1)] public required int Approvals { get; init; }
}

/// <summary>What one matching review rule (or the policy's default) demands, complete: omitted fields are filled from <c>spec.review</c>.</summary>
[GenerateSerializer, Immutable, Alias("ga.ReviewRequirement")]
public sealed record ReviewRequirement
{
    /// <summary>The rule's id, or <c>baseline</c>.</summary>
    [Id(0)] public required string RuleId { get; init; }
    [Id(1)] public required IReadOnlyList<QuorumSlot> Quorum { get; init; }
    /// <summary>Denials that end the review.</summary>
    [Id(2)] public int Denials { get; init; } = 1;
    [Id(3)] public TimeSpan? WaitTimer { get; init; }
    [Id(4)] public TimeSpan? StepUp { get; init; }
    [Id(5)] public TimeSpan ExpiresAfter { get; init; } = TimeSpan.FromHours(4);
    [Id(6)] public TimeSpan? EscalateAfter { get; init; }
    [Id(7)] public IReadOnlyList<string> EscalateTo { get; init; } = [];
}

/// <summary>A decision with the reviews that it demands (empty unless <see cref="DecisionEffect.Review"/>).</summary>
public sealed record PolicyVerdict
{
    public required Decision Decision { get; init; }
    public IReadOnlyList<ReviewRequirement> Requirements { get; init; } = [];
    /// <summary>The policy was asked. False: the circumstances (session, agent, fleet, freeze, access) decided before.</summary>
    public bool ByPolicy { get; init; } = true;
}

/// <summary>A recorded vote and the voter's standing when it was cast.</summary>
[GenerateSerializer, Immutable, Alias("ga.Vote")]
public sealed record Vote
{
    [Id(0)] public required string Person { get; init; }
    [Id(1)] public required VoteDecision Decision { get; init; }
    [Id(2)] public string Reason { get; init; } = "";
    [Id(3)] public required DateTimeOffset At { get; init; }
    /// <summary>Groups that counted at the vote.</summary>
    [Id(4)] public IReadOnlyList<string> Groups { get; init; } = [];
    /// <summary>The voting account.</summary>
    [Id(5)] public string Issuer { get; init; } = "";
    [Id(6)] public string Subject { get; init; } = "";
    /// <summary>Without a Directory the vote counts until this token expiry; null with a Directory.</summary>
    [Id(7)] public DateTimeOffset? StandsUntil { get; init; }
    [Id(8)] public DateTimeOffset? AuthenticatedAt { get; init; }
}

/// <summary>Everything about a call that a policy may look at. Pure data; the evaluation is total over it.</summary>
public sealed record CallFacts
{
    public required string Environment { get; init; }
    public required EnvironmentClass Class { get; init; }
    public IReadOnlyDictionary<string, string> EnvironmentLabels { get; init; } = new Dictionary<string, string>();
    public required string Session { get; init; }
    public required string Agent { get; init; }
    /// <summary>The starter's person id.</summary>
    public required string Principal { get; init; }
    public IReadOnlyList<string> Groups { get; init; } = [];
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <summary>The effective tier.</summary>
    public required AutonomyTier Tier { get; init; }
    public required string Tool { get; init; }
    public required string Action { get; init; }
    public string Resource { get; init; } = "";
    public required EffectClass Effect { get; init; }
    public required System.Text.Json.JsonElement Arguments { get; init; }
    /// <summary>The instant of the decision; only <c>after</c> asks for it.</summary>
    public DateTimeOffset Now { get; init; }
    /// <summary>Key of an <c>after</c> pattern → when a matching call of the session last started.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Earlier { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, DateTimeOffset>.Empty;
}
