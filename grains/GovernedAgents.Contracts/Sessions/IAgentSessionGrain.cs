using GovernedAgents.Policy;
using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>One run of an agent on behalf of its starter. Key: session id (<c>ses_…</c>).</summary>
[Alias("ga.IAgentSessionGrain")]
public interface IAgentSessionGrain : IGrainWithStringKey
{
    /// <summary>Starts the session; the same command again answers the same session. Refusals: <c>unknown-agent</c>, <c>forbidden</c>, <c>not-found</c> (parent), <c>idempotency-key-reused</c>, <c>unavailable</c>.</summary>
    [Alias("Start")] Task<Answer<SessionSnapshot>> StartAsync(StartSession command);

    /// <summary>Pauses, resumes, quarantines, ends or changes the tier; durable when answered. Refusals: <c>not-found</c>, <c>conflict</c>, <c>unavailable</c>.</summary>
    [Alias("Change")] Task<Answer<SessionSnapshot>> ChangeAsync(SessionChange change);

    /// <summary>Passes one call on to its environment, once per idempotency key.</summary>
    [Alias("Submit"), AlwaysInterleave, ResponseTimeout("00:01:15")] Task<Answer<CallSnapshot>> SubmitAsync(SubmitCall command);

    [Alias("Read"), AlwaysInterleave] Task<SessionSnapshot?> ReadAsync();

    /// <summary>What an environment needs to judge a call of this session, ancestors included; null for an unknown session.</summary>
    [Alias("Facts"), AlwaysInterleave] Task<SessionFacts?> FactsAsync();
}

[GenerateSerializer, Immutable, Alias("ga.StartSession")]
public sealed record StartSession
{
    [Id(0)] public required string Agent { get; init; }
    [Id(1)] public string Goal { get; init; } = "";
    [Id(2)] public required AutonomyTier Tier { get; init; }
    [Id(3)] public string? Parent { get; init; }
    [Id(4)] public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <summary>Default 8 h, at most 7 days; never beyond the parent's end.</summary>
    [Id(5)] public TimeSpan? ExpiresIn { get; init; }
    /// <summary>The person who asks; for a child session started by a session token, the parent's starter (the grain takes it from the parent).</summary>
    [Id(6)] public required Principal Starter { get; init; }
    /// <summary>Set when a session token asks: that session's id; must equal <see cref="Parent"/>.</summary>
    [Id(7)] public string? BySession { get; init; }
    /// <summary>SHA-256 of the request, to tell a repeat from a reuse of the idempotency key.</summary>
    [Id(8)] public required string RequestHash { get; init; }
}

[GenerateSerializer, Alias("ga.SessionVerb")]
public enum SessionVerb { Pause, Resume, Quarantine, End, SetTier }

[GenerateSerializer, Immutable, Alias("ga.SessionChange")]
public sealed record SessionChange
{
    [Id(0)] public required SessionVerb Verb { get; init; }
    [Id(1)] public string Reason { get; init; } = "";
    /// <summary>Only with <see cref="SessionVerb.SetTier"/>.</summary>
    [Id(2)] public AutonomyTier? Tier { get; init; }
    /// <summary>Person id of who asks, or <c>session:…</c>, <c>system</c>.</summary>
    [Id(3)] public required string By { get; init; }
    /// <summary>Only an operator resumes a quarantine or raises a tier.</summary>
    [Id(4)] public bool AsOperator { get; init; }
}

/// <summary>A call as the API received it. <see cref="ArgumentsJson"/> is canonical JSON (RFC 8785).</summary>
[GenerateSerializer, Immutable, Alias("ga.SubmitCall")]
public sealed record SubmitCall
{
    [Id(0)] public required string CallId { get; init; }
    /// <summary>SHA-256 of the canonical form of {environment, tool, arguments, dryRun}.</summary>
    [Id(1)] public required string RequestHash { get; init; }
    [Id(2)] public required string Environment { get; init; }
    [Id(3)] public required string Tool { get; init; }
    [Id(4)] public required string ArgumentsJson { get; init; }
    [Id(5)] public string? Reason { get; init; }
    [Id(6)] public bool DryRun { get; init; }
    /// <summary>How long the answer may wait for a terminal state; 0 answers after the decision.</summary>
    [Id(7)] public TimeSpan Wait { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.SessionSnapshot")]
public sealed record SessionSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Agent { get; init; }
    /// <summary>The starter's person id.</summary>
    [Id(2)] public required string Starter { get; init; }
    [Id(3)] public string? Parent { get; init; }
    /// <summary>Ancestors, root first, without this session.</summary>
    [Id(4)] public IReadOnlyList<string> Lineage { get; init; } = [];
    [Id(5)] public string Goal { get; init; } = "";
    [Id(6)] public required SessionStatus State { get; init; }
    [Id(7)] public required AutonomyTier Tier { get; init; }
    [Id(8)] public IReadOnlyDictionary<string, AutonomyTier> EffectiveTier { get; init; } = new Dictionary<string, AutonomyTier>();
    [Id(9)] public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <summary>How many calls it has submitted.</summary>
    [Id(10)] public int Calls { get; init; }
    [Id(11)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(12)] public required DateTimeOffset ExpiresAt { get; init; }
    /// <summary>Of a session that the silo runs itself.</summary>
    [Id(13)] public HostedProgress? Hosted { get; init; }
    /// <summary>Why it is paused, quarantined, ended, or was resumed.</summary>
    [Id(14)] public string? StateReason { get; init; }
}

/// <summary>The session as an environment judges it: state and tier already take every ancestor and the agent's ceiling into account.</summary>
[GenerateSerializer, Immutable, Alias("ga.SessionFacts")]
public sealed record SessionFacts
{
    [Id(0)] public required string Session { get; init; }
    [Id(1)] public required string Agent { get; init; }
    [Id(2)] public required string AgentOwner { get; init; }
    [Id(3)] public IReadOnlyList<string> AgentEnvironments { get; init; } = [];
    [Id(4)] public required Principal Starter { get; init; }
    /// <summary>The starter's person id.</summary>
    [Id(5)] public required string Person { get; init; }
    [Id(6)] public IReadOnlyList<string> Groups { get; init; } = [];
    [Id(7)] public required SessionStatus State { get; init; }
    [Id(8)] public required AutonomyTier Tier { get; init; }
    [Id(9)] public IReadOnlyList<string> Lineage { get; init; } = [];
    /// <summary>Person ids of the starters of the lineage.</summary>
    [Id(10)] public IReadOnlyList<string> LineageStarters { get; init; } = [];
    [Id(11)] public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    [Id(12)] public required DateTimeOffset ExpiresAt { get; init; }
}
