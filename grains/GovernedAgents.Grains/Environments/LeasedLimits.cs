using System.Collections.Concurrent;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Policies;
using Microsoft.Extensions.Hosting;

namespace GovernedAgents.Grains.Environments;

/// <summary>In a cluster: this silo's shares of the buckets, fetched from their owners ahead of the calls where calls are many, and given back when they are not used.</summary>
public sealed class LeasedLimits(IGrainFactory grains, JournalClock clock) : BackgroundService, ISharedLimits
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentDictionary<string, LimitPool> _pools = new(StringComparer.Ordinal);

    public LimitLevels Levels => LimitLevels.FromStored(_pools.Values.Where(pool => pool.Level is not null).ToDictionary(pool => pool.Key, pool => pool.Level!, StringComparer.Ordinal));

    public async ValueTask<ISharedHold> HoldAsync(IReadOnlyList<LimitSpend> spends)
    {
        var hold = new Hold();
        foreach (var spend in spends)
        {
            var pool = _pools.GetOrAdd(spend.Key, key => new LimitPool(key, grains, clock.Time));
            if (await pool.TakeAsync(spend) is { } start) hold.Add(start);
            else return hold.Refused(spend, pool.OpensIn);
        }

        return hold;
    }

    /// <summary>The owners of the buckets know; no environment's journal does.</summary>
    public void Learn(LimitLevels levels, DateTimeOffset now)
    {
    }

    public void AllKnown()
    {
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                foreach (var pool in _pools.Values)
                    if (pool.Balance()) _pools.TryRemove(pool.Key, out _);
        }
        catch (OperationCanceledException)
        {
            // The silo stops; what it still has comes back when its leases are over.
        }
    }

    private sealed class Hold : ISharedHold
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
        private readonly List<HeldStart> _starts = [];
        private LimitDecision? _refused;

        public void Add(HeldStart start) => _starts.Add(start);

        public Hold Refused(LimitSpend spend, TimeSpan retryAfter)
        {
            Dispose();
            _refused = No(spend, retryAfter);
            return this;
        }

        public LimitDecision TrySpend(IReadOnlyList<LimitSpend> spends, DateTimeOffset now, bool askOnly = false)
        {
            if (_refused is not null) return _refused;
            if (!spends.Select(spend => spend.Key).SequenceEqual(_starts.Select(start => start.Key), StringComparer.Ordinal)) return No(spends[0], Pause);
            // INVARIANT (limits hold over the cluster): looked at after the decision's instant was taken, so a start never bears an instant at which its lease was over.
            if (!askOnly && !_starts.TrueForAll(start => start.TrySpend())) return No(spends[0], Pause);
            return new LimitDecision { Allowed = true, Next = LimitLevels.Empty };
        }

        public void Dispose()
        {
            foreach (var start in _starts) start.GiveBack();
        }

        private static LimitDecision No(LimitSpend spend, TimeSpan retryAfter) => new() { Allowed = false, Next = LimitLevels.Empty, LimitId = spend.LimitId, RetryAfter = retryAfter };
    }
}
