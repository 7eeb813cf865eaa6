using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>
/// The limits that several environments share (<c>per: agent, principal, tool, fleet</c>). A start is counted here before it is recorded, in the same step as its decision;
/// its record carries the levels that it left, so that the journal has the last word after a restart.
/// </summary>
public interface ISharedLimits
{
    /// <summary>As they stand; a copy.</summary>
    LimitLevels Levels { get; }

    /// <summary>Spends in every limit or in none. Nothing is ever given back: a start that could not be recorded counts.</summary>
    /// <param name="spends">What the start would spend.</param>
    /// <param name="now">The decision's instant.</param>
    /// <param name="askOnly">Only say whether and when.</param>
    LimitDecision TrySpend(IReadOnlyList<LimitSpend> spends, DateTimeOffset now, bool askOnly = false);

    /// <summary>What an environment's journal says of them.</summary>
    void Learn(LimitLevels levels, DateTimeOffset now);

    /// <summary>Every environment has been asked; before that nothing may be spent.</summary>
    void AllKnown();
}

/// <summary>In this process: exact as long as it is the only silo. Several silos need a lease on the levels in its place.</summary>
public sealed class SingleSiloLimits : ISharedLimits
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private LimitLevels _levels = LimitLevels.Empty;
    private bool _allKnown;

    public LimitLevels Levels
    {
        get
        {
            lock (_gate) return _levels;
        }
    }

    public LimitDecision TrySpend(IReadOnlyList<LimitSpend> spends, DateTimeOffset now, bool askOnly = false)
    {
        lock (_gate)
        {
            // INVARIANT (limits hold over a restart): an environment that has not been heard may have spent.
            if (!_allKnown) return new LimitDecision { Allowed = false, Next = _levels, LimitId = spends[0].LimitId, RetryAfter = Pause };
            var decision = _levels.TrySpend(spends, now);
            if (decision.Allowed && !askOnly) _levels = decision.Next;
            return decision with { Next = decision.Next.Only(spends) };
        }
    }

    public void Learn(LimitLevels levels, DateTimeOffset now)
    {
        lock (_gate) _levels = _levels.Merge(levels, now);
    }

    public void AllKnown()
    {
        lock (_gate) _allKnown = true;
    }
}
