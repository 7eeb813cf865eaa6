using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Approvals;

public sealed record CastVoteRequest
{
    public required VoteDecision Decision { get; init; }
    [Length(0, 2000)] public required string Reason { get; init; }
    [Length(1, 100)] public required string CallHash { get; init; }
    [Length(1, 100)] public required string RenderHash { get; init; }
    [Length(1, 100)] public required string PolicyVersion { get; init; }
}

/// <summary>An approval as the API answers it.</summary>
public sealed record ApprovalBody
{
    public required string Id { get; init; }
    public required ApprovalStatus State { get; init; }
    public required CallBody Call { get; init; }
    public required EnvironmentClass EnvironmentClass { get; init; }
    public required int EnvironmentGeneration { get; init; }
    public required string ToolSchemaHash { get; init; }
    public required string Nonce { get; init; }
    public required RawJson Card { get; init; }
    public required IReadOnlyList<RequirementSnapshot> Requirements { get; init; }
    public required IReadOnlyList<VoteBody> Votes { get; init; }
    public required string CallHash { get; init; }
    public required string RenderHash { get; init; }
    public required string PolicyVersion { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ApprovedAt { get; init; }
    public string? EndedReason { get; init; }
    /// <summary>Who was told that it waits; absent when nobody was.</summary>
    public IReadOnlyList<Escalation>? Escalations { get; init; }

    /// <param name="call">The call as it is now.</param>
    public static ApprovalBody Of(ApprovalSnapshot approval, CallSnapshot call, Addresses addresses) => new()
    {
        Id = approval.Id,
        State = approval.State,
        Call = CallBody.Of(call, addresses),
        EnvironmentClass = approval.EnvironmentClass,
        EnvironmentGeneration = approval.EnvironmentGeneration,
        ToolSchemaHash = approval.ToolSchemaHash,
        Nonce = approval.Nonce,
        Card = new RawJson(approval.CardJson),
        Requirements = approval.Requirements,
        Votes = [.. approval.Votes.Select(v => new VoteBody { Person = v.Person, Decision = v.Decision, Reason = v.Reason, At = v.At })],
        CallHash = approval.CallHash,
        RenderHash = approval.RenderHash,
        PolicyVersion = approval.PolicyVersion,
        Deadline = approval.Deadline,
        CreatedAt = approval.CreatedAt,
        ApprovedAt = approval.ApprovedAt,
        EndedReason = approval.EndedReason,
        Escalations = approval.Escalations.Count == 0 ? null : approval.Escalations,
    };
}

public sealed record VoteBody
{
    public required string Person { get; init; }
    public required VoteDecision Decision { get; init; }
    public required string Reason { get; init; }
    public required DateTimeOffset At { get; init; }
}
