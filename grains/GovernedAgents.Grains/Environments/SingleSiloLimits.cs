using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>In this process: exact as long as it is the only silo. A start's record carries the levels that it left, so that the journal has the last word after a restart.</summary>
public sealed class SingleSiloLimits : ISharedLimits, ISharedHold
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

    /// <summary>Nothing has to be fetched, so nothing is held: what is there is spent in the step of the decision.</summary>
    public ValueTask<ISharedHold> HoldAsync(IReadOnlyList<LimitSpend> spends) => ValueTask.FromResult<ISharedHold>(this);

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

    /// <summary>Nothing is held.</summary>
    public void Dispose()
    {
    }
}
