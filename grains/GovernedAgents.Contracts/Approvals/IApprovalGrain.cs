using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>The review of one call. Key: approval id (<c>apr_…</c>).</summary>
[Alias("ga.IApprovalGrain")]
public interface IApprovalGrain : IGrainWithStringKey
{
    /// <summary>Counts one person's vote. Refusals, in the API's order: <c>not-found</c>, <c>self-review</c>, <c>not-eligible</c>, <c>step-up-required</c>, <c>already-decided</c>, <c>stale-vote</c>, <c>unavailable</c>.</summary>
    [Alias("Vote")] Task<Answer<ApprovalSnapshot>> VoteAsync(CastVote vote);

    /// <summary>Ends a pending approval because its call ended (voided, cancelled); no-op otherwise.</summary>
    [Alias("Close")] Task CloseAsync(ApprovalStatus status, string reason);

    /// <summary>Ends it if its deadline has passed, escalates what has waited too long; tells the environment again if it has not heard.</summary>
    [Alias("Sweep")] Task SweepAsync();

    [Alias("Read"), AlwaysInterleave] Task<ApprovalSnapshot?> ReadAsync();
}

[GenerateSerializer, Immutable, Alias("ga.CastVote")]
public sealed record CastVote
{
    [Id(0)] public required Principal Voter { get; init; }
    [Id(1)] public required VoteDecision Decision { get; init; }
    [Id(2)] public string Reason { get; init; } = "";
    [Id(3)] public required string CallHash { get; init; }
    [Id(4)] public required string RenderHash { get; init; }
    [Id(5)] public required string PolicyVersion { get; init; }
    /// <summary>The tag of <c>If-Match</c>, without quotes.</summary>
    [Id(6)] public required string IfMatch { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.ApprovalSnapshot")]
public sealed record ApprovalSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required ApprovalStatus State { get; init; }
    /// <summary>The call as it was when the review was requested; the edge refreshes its state.</summary>
    [Id(2)] public required CallSnapshot Call { get; init; }
    [Id(3)] public required EnvironmentClass EnvironmentClass { get; init; }
    [Id(4)] public required int EnvironmentGeneration { get; init; }
    [Id(5)] public required string ToolSchemaHash { get; init; }
    [Id(6)] public required string Nonce { get; init; }
    /// <summary>The rendered card: canonical JSON of the object <c>card</c> of the API; <see cref="RenderHash"/> is its SHA-256.</summary>
    [Id(7)] public required string CardJson { get; init; }
    [Id(8)] public IReadOnlyList<RequirementSnapshot> Requirements { get; init; } = [];
    [Id(9)] public IReadOnlyList<Vote> Votes { get; init; } = [];
    [Id(10)] public required string CallHash { get; init; }
    [Id(11)] public required string RenderHash { get; init; }
    [Id(12)] public required string PolicyVersion { get; init; }
    [Id(13)] public required DateTimeOffset Deadline { get; init; }
    [Id(14)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(15)] public string? EndedReason { get; init; }
    /// <summary>When quorum was reached.</summary>
    [Id(16)] public DateTimeOffset? ApprovedAt { get; init; }
    /// <summary>The vote just answered had been cast before. Not part of the answer.</summary>
    [Id(17)] public bool Repeated { get; init; }
    /// <summary>Who was told that it waits.</summary>
    [Id(18)] public IReadOnlyList<Escalation> Escalations { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("ga.RequirementSnapshot")]
public sealed record RequirementSnapshot
{
    [Id(0)] public required string RuleId { get; init; }
    [Id(1)] public required IReadOnlyList<SlotProgress> Quorum { get; init; }
    [Id(2)] public required int Denials { get; init; }
    [Id(3)] public required int Denied { get; init; }
    [Id(4)] public TimeSpan? WaitTimer { get; init; }
    [Id(5)] public TimeSpan? StepUp { get; init; }
}
