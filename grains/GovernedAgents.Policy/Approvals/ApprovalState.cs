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
    public ImmutableList<Escalation> Escalations { get; init; } = [];

    /// <summary>A deadline is judged at every read and vote, whether or not its event has been written.</summary>
    public ApprovalStatus StatusAt(DateTimeOffset now) =>
        Status == ApprovalStatus.Pending && Requested is { } requested && now >= requested.Deadline ? ApprovalStatus.Expired : Status;

    /// <summary>When somebody must look at it though nobody votes; null once it has ended.</summary>
    public DateTimeOffset? DueAt => Status != ApprovalStatus.Pending || Requested is not { } requested ? null
        : Waiting(requested).Select(escalation => escalation.At).Append(requested.Deadline).Min();

    /// <summary>What is to be escalated by now, each requirement once.</summary>
    public IReadOnlyList<ReviewEscalated> EscalationsDue(DateTimeOffset now) => Status != ApprovalStatus.Pending || Requested is not { } requested ? []
        : [.. Waiting(requested).Where(escalation => escalation.At <= now).Select(escalation => new ReviewEscalated { RuleId = escalation.RuleId, To = escalation.To })];

    private IEnumerable<Escalation> Waiting(ReviewRequested requested) =>
        from requirement in requested.Requirements
        where requirement.EscalateAfter is not null && !Escalations.Exists(done => done.RuleId == requirement.RuleId)
        select new Escalation { RuleId = requirement.RuleId, To = requirement.EscalateTo, At = CreatedAt + requirement.EscalateAfter!.Value };

    public ApprovalState Apply(DomainEvent occurred, DateTimeOffset at) => occurred switch
    {
        ReviewRequested e => this with { Requested = e, CreatedAt = at },
        VoteCast e => this with { Votes = Votes.RemoveAll(vote => vote.Person == e.Vote.Person).Add(e.Vote) },
        ReviewEscalated e => this with { Escalations = Escalations.Add(new Escalation { RuleId = e.RuleId, To = e.To, At = at }) },
        QuorumReached => this with { Status = ApprovalStatus.Approved, ApprovedAt = at },
        ReviewDenied e => this with { Status = ApprovalStatus.Denied, EndedReason = e.Reason },
        ReviewExpired => this with { Status = ApprovalStatus.Expired, EndedReason = "The deadline passed before the quorum was reached." },
        ApprovalVoided e => this with { Status = ApprovalStatus.Voided, EndedReason = e.Reason },
        ReviewCancelled e => this with { Status = ApprovalStatus.Cancelled, EndedReason = e.Reason },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };
}
