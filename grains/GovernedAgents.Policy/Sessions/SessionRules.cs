using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Sessions;

/// <summary>What may become of a session. Each answers an event, nothing to record, or why not.</summary>
public static class SessionRules
{
    public readonly record struct Verdict(DomainEvent? Event, string? Refused, bool TakesOperator = false)
    {
        public static implicit operator Verdict(DomainEvent occurred) => new(occurred, null);
        public static Verdict No(string why) => new(null, why);
        public static Verdict OperatorOnly(string why) => new(null, why, TakesOperator: true);
        public static readonly Verdict Already;
    }

    public static Verdict Pause(SessionState state, DateTimeOffset now, string reason, string by) => state.StatusAt(now) switch
    {
        SessionStatus.Active => new SessionPaused { Reason = reason, By = by },
        SessionStatus.Paused => Verdict.Already,
        var status => Verdict.No($"The session is {Word(status)} and cannot be paused."),
    };

    public static Verdict Resume(SessionState state, DateTimeOffset now, string reason, string by, bool asOperator) => state.StatusAt(now) switch
    {
        SessionStatus.Paused => new SessionResumed { Reason = reason, By = by },
        SessionStatus.Quarantined when asOperator => new SessionResumed { Reason = reason, By = by },
        SessionStatus.Quarantined => Verdict.OperatorOnly("The session is quarantined; only an operator resumes it."),
        SessionStatus.Active => Verdict.Already,
        _ => Verdict.No("The session has ended; start a new one."),
    };

    public static Verdict Quarantine(SessionState state, DateTimeOffset now, string reason, string by) => state.StatusAt(now) switch
    {
        SessionStatus.Quarantined => Verdict.Already,
        SessionStatus.Ended => Verdict.No("The session has ended; there is nothing to quarantine."),
        _ => new SessionQuarantined { Reason = reason, By = by },
    };

    public static Verdict End(SessionState state, string reason, string by) =>
        state.Status == SessionStatus.Ended ? Verdict.Already : new SessionEnded { Reason = reason, By = by };

    public static Verdict SetTier(SessionState state, DateTimeOffset now, AutonomyTier tier, string reason, string by, bool asOperator)
    {
        if (state.StatusAt(now) == SessionStatus.Ended) return Verdict.No("The session has ended; start a new one.");
        if (tier == state.Tier) return Verdict.Already;
        if (tier > state.Tier && !asOperator) return Verdict.OperatorOnly($"Raising the tier from {Word(state.Tier)} to {Word(tier)} takes an operator.");
        return new SessionTierChanged { Tier = tier, Reason = reason, By = by };
    }

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
