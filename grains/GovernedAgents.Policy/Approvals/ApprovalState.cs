using System.Collections.Immutable;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Approvals;

/// <summary>A review as the fold of its stream.</summary>
public sealed record ApprovalState
{
    public const int StateVersion = 1;

    public ReviewRequested? Requested { get; init; }
    public ApprovalStatus Status { get; init; } = ApprovalStatus.Pending;
    public ImmutableList<Vote> Votes { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ApprovedAt { get; init; }
    public string? EndedReason { get; init; }

    /// <summary>A deadline is judged at every read and vote, whether or not its event has been written.</summary>
    public ApprovalStatus StatusAt(DateTimeOffset now) =>
        Status == ApprovalStatus.Pending && Requested is { } requested && now >= requested.Deadline ? ApprovalStatus.Expired : Status;

    public ApprovalState Apply(DomainEvent occurred, DateTimeOffset at) => occurred switch
    {
        ReviewRequested e => this with { Requested = e, CreatedAt = at },
        VoteCast e => this with { Votes = Votes.RemoveAll(vote => vote.Person == e.Vote.Person).Add(e.Vote) },
        QuorumReached => this with { Status = ApprovalStatus.Approved, ApprovedAt = at },
        ReviewDenied e => this with { Status = ApprovalStatus.Denied, EndedReason = e.Reason },
        ReviewExpired => this with { Status = ApprovalStatus.Expired, EndedReason = "The deadline passed before the quorum was reached." },
        ApprovalVoided e => this with { Status = ApprovalStatus.Voided, EndedReason = e.Reason },
        ReviewCancelled e => this with { Status = ApprovalStatus.Cancelled, EndedReason = e.Reason },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };
}
