using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Sessions;

/// <summary>A session as the fold of its stream.</summary>
public sealed record SessionState
{
    public const int StateVersion = 2;

    public SessionStarted? Started { get; init; }
    public SessionStatus Status { get; init; } = SessionStatus.Active;
    public AutonomyTier Tier { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string? StatusReason { get; init; }
    /// <summary>Of a session that the silo runs itself.</summary>
    public HostedRun? Hosted { get; init; }

    /// <summary>The state that counts now: an active session whose time is over has ended, whether or not its event has been written.</summary>
    public SessionStatus StatusAt(DateTimeOffset now) => Started is { } started && now >= started.ExpiresAt ? SessionStatus.Ended : Status;

    public SessionState Apply(DomainEvent occurred, DateTimeOffset at) => (occurred switch
    {
        SessionStarted e => this with { Started = e, Tier = e.Tier, CreatedAt = at, Hosted = e.Budget is { } budget ? new HostedRun { Budget = budget } : null },
        SessionPaused e => this with { Status = SessionStatus.Paused, StatusReason = e.Reason },
        SessionResumed e => this with { Status = SessionStatus.Active, StatusReason = e.Reason },
        SessionQuarantined e => this with { Status = SessionStatus.Quarantined, StatusReason = e.Reason },
        SessionEnded e => this with { Status = SessionStatus.Ended, StatusReason = e.Reason },
        SessionTierChanged e => this with { Tier = e.Tier },
        BudgetDrawn or ModelReplied or ModelFailed or ToolAnswered => this with { Hosted = Hosted!.Apply(occurred) },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    }) with { UpdatedAt = at };
}
