using System.Text.Json.Serialization;
using GovernedAgents.Policy;
using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>A place where effects happen; decides, limits and starts every call. Key: environment name.</summary>
[Alias("ga.IEnvironmentGrain")]
public interface IEnvironmentGrain : IGrainWithStringKey
{
    /// <summary>Decides one call and, if allowed, starts it. Refusals: <c>denied</c>, <c>throttled</c>, <c>unknown-environment</c>, <c>unknown-tool</c>, <c>invalid-arguments</c>, <c>too-many-pending</c>, <c>intake-limit</c>, <c>unavailable</c>.</summary>
    [Alias("Submit"), ResponseTimeout("00:01:15")] Task<Answer<CallSnapshot>> SubmitAsync(SubmitCall command, SessionFacts session);

    /// <summary>The call as soon as its version differs from <paramref name="afterVersion"/> or <paramref name="atMost"/> (≤ 20 s) has passed; null when this environment no longer holds it open (ask the read model).</summary>
    [Alias("Watch"), AlwaysInterleave] Task<CallSnapshot?> WatchAsync(string callId, long? afterVersion, TimeSpan atMost);

    /// <summary>Withdraws a call that has not started (<c>already-started</c>, <c>not-found</c>).</summary>
    [Alias("Cancel")] Task<Answer<CallSnapshot>> CancelAsync(string callId, string by);

    /// <summary>A person settles an unknown outcome (<c>conflict</c> if it is not unknown, <c>not-found</c>).</summary>
    [Alias("Resolve")] Task<Answer<CallSnapshot>> ResolveAsync(string callId, bool succeeded, string note, string by);

    /// <summary>Freezes or lifts operator freezes; durable when answered.</summary>
    [Alias("Freeze")] Task<Answer<EnvironmentSnapshot>> FreezeAsync(FreezeChange change);

    [Alias("Read"), AlwaysInterleave] Task<EnvironmentSnapshot?> ReadAsync();
}

/// <summary>What the runtime tells an environment; no caller outside the silo reaches it. Key: environment name.</summary>
[Alias("ga.IEnvironmentUpkeep")]
public interface IEnvironmentUpkeep : IGrainWithStringKey
{
    /// <summary>
    /// Takes over what the registry and the environment's policy have in force, in one record that voids what waits; no-op when it runs on it. Asked after each change of either, so the
    /// last to come into force is the last that is taken.
    /// </summary>
    [Alias("Refresh")] Task RefreshAsync();

    /// <summary>Records the outcome of a started call; idempotent by call id.</summary>
    [Alias("RecordOutcome")] Task RecordOutcomeAsync(string callId, ExecutionOutcome outcome);

    /// <summary>The approval of a call has ended (any state) or its wait timer may be over.</summary>
    [Alias("ApprovalSettled"), ResponseTimeout("00:02:30")] Task ApprovalSettledAsync(string callId);

    /// <summary>Settles what is due: overdue starts become unknown, waiting calls start or expire.</summary>
    [Alias("Sweep"), ResponseTimeout("00:02:30")] Task SweepAsync();

    /// <summary>Voids everything held of a session that was quarantined or ended.</summary>
    [Alias("VoidSession")] Task VoidSessionAsync(string session, string reason);

    /// <summary>Voids everything held of an agent whose registration changed.</summary>
    [Alias("VoidAgent")] Task VoidAgentAsync(string agent, string reason);
}

[GenerateSerializer, Immutable, Alias("ga.FreezeChange")]
public sealed record FreezeChange
{
    /// <summary>False lifts every operator freeze.</summary>
    [Id(0)] public required bool Freeze { get; init; }
    [Id(1)] public required string Reason { get; init; }
    [Id(2)] public IReadOnlyList<EffectClass> Blocks { get; init; } = [EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy];
    [Id(3)] public required string By { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.EnvironmentSnapshot")]
public sealed record EnvironmentSnapshot
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required EnvironmentClass Class { get; init; }
    [Id(2)] public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    [Id(3)] public IReadOnlyList<string> Owners { get; init; } = [];
    [Id(4)] public required string Policy { get; init; }
    [Id(5)] public required string PolicyVersion { get; init; }
    [Id(6)] public required int Generation { get; init; }
    [Id(7)] public IReadOnlyList<FreezeSnapshot> Frozen { get; init; } = [];
    [Id(8)] public IReadOnlyList<LimitSnapshot> Limits { get; init; } = [];
    [Id(9)] public int InFlight { get; init; }
    [Id(10)] public int Pending { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.FreezeSnapshot")]
public sealed record FreezeSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Reason { get; init; }
    [Id(2)] public required IReadOnlyList<EffectClass> Blocks { get; init; }
    [Id(3)] public DateTimeOffset? Until { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.LimitSnapshot")]
public sealed record LimitSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Per { get; init; }
    /// <summary>Starts left now; for a scope with several keys, of the emptiest.</summary>
    [Id(2)] public required int Available { get; init; }
    [Id(3)] public required int Burst { get; init; }
    [Id(4)] public required string Rate { get; init; }
}

/// <summary>A call as the API answers it (JSON member names are these, camelCase).</summary>
[GenerateSerializer, Immutable, Alias("ga.CallSnapshot")]
public sealed record CallSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Session { get; init; }
    [Id(2)] public required string Agent { get; init; }
    [Id(3)] public required string Environment { get; init; }
    [Id(4)] public required string Tool { get; init; }
    [Id(5)] public string? Action { get; init; }
    [Id(6)] public string? Resource { get; init; }
    /// <summary>Canonical JSON of the arguments; null once erased.</summary>
    [Id(7)] public string? ArgumentsJson { get; init; }
    [Id(8)] public required CallStatus State { get; init; }
    [Id(9)] public required EffectClass Effect { get; init; }
    [Id(10)] public required string CallHash { get; init; }
    [Id(11)] public required Decision Decision { get; init; }
    [Id(12)] public CallApproval? Approval { get; init; }
    /// <summary>JSON of the tool's answer, cut at 1 MiB.</summary>
    [Id(13)] public string? ResultJson { get; init; }
    [Id(14)] public CallError? Error { get; init; }
    [Id(15)] public TimeSpan? RetryAfter { get; init; }
    [Id(16)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(17)] public required DateTimeOffset UpdatedAt { get; init; }
    /// <summary>Grows with each change: the ETag of the call.</summary>
    [Id(18)] public required long Version { get; init; }
    /// <summary>Person id of the session's starter: who may see the call. Not part of the answer.</summary>
    [Id(19), JsonIgnore] public required string Starter { get; init; }
    [Id(20)] public string? Reason { get; init; }
    /// <summary>Where its submitted bytes lie. Not part of the answer.</summary>
    [Id(21), JsonIgnore] public string? ContentId { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.CallApproval")]
public sealed record CallApproval
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required ApprovalStatus State { get; init; }
    [Id(2)] public IReadOnlyList<SlotProgress> Needed { get; init; } = [];
    [Id(3)] public required DateTimeOffset Deadline { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.SlotProgress")]
public sealed record SlotProgress
{
    [Id(0)] public required IReadOnlyList<string> From { get; init; }
    [Id(1)] public required int Approvals { get; init; }
    [Id(2)] public required int Have { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.CallError")]
public sealed record CallError([property: Id(0)] string Slug, [property: Id(1)] string Detail);
