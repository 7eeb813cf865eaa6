using GovernedAgents.Contracts;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>One start that was taken out of a pool, for one call.</summary>
internal sealed class HeldStart(LimitPool pool, LimitPool.Share share)
{
    private bool _settled;

    public string Key => pool.Key;

    public bool TrySpend()
    {
        if (_settled || !pool.Spend(share)) return false;
        return _settled = true;
    }

    public void GiveBack()
    {
        if (_settled) return;
        _settled = true;
        pool.GiveBack(share);
    }
}

/// <summary>This silo's share of one bucket. Thread-safe. One request to the owner is under way at a time; those who wait for it want their starts together.</summary>
internal sealed class LimitPool(string key, IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    /// <summary>A refusal is taken for granted this long: others may give starts back before the bucket itself has one.</summary>
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan KeptUnused = TimeSpan.FromMinutes(10);
    private const int MostAsks = 3;

    /// <summary>A hold on the bucket: totals since it began. After a lease that has run out there is a new one.</summary>
    internal sealed class Share
    {
        public string Holder { get; } = Guid.NewGuid().ToString("N");
        public long Leased { get; set; }
        public long Spent { get; set; }
        public long Returned { get; set; }
        public int Held { get; set; }
        public long ValidUntil { get; set; }
        public long Free => Leased - Spent - Returned - Held;
    }

    private readonly Lock _gate = new();
    private Share _share = new();
    private LimitSpend? _terms;
    private Task? _asking;
    private int _waiting;
    private int _taken;
    private double _pace;
    private long _reported;
    private long _refusedUntil;
    private long _opensAt;
    private long _usedAt = time.GetTimestamp();

    public string Key => key;

    /// <summary>As the owner last told; null before.</summary>
    public string? Level { get; private set; }

    /// <summary>How long until it is worth asking again, as the owner last told.</summary>
    public TimeSpan OpensIn
    {
        get
        {
            lock (_gate) return TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, time.GetElapsedTime(time.GetTimestamp(), _opensAt).Ticks));
        }
    }

    /// <summary>A start to be spent soon, or none: there is none to be had now, or its owner does not answer.</summary>
    public async ValueTask<HeldStart?> TakeAsync(LimitSpend terms)
    {
        for (var asks = 0; ; asks++)
        {
            Task asking;
            lock (_gate)
            {
                _terms = terms;
                var now = _usedAt = time.GetTimestamp();
                if (_share.Free > 0 && now < _share.ValidUntil)
                {
                    _share.Held++;
                    _taken++;
                    return new HeldStart(this, _share);
                }

                if (now < _refusedUntil || asks == MostAsks) return null;
                _waiting++;
                asking = _asking ??= AskAsync();
            }

            try
            {
                await asking;
            }
            finally
            {
                lock (_gate) _waiting--;
            }
        }
    }

    public bool Spend(Share share)
    {
        lock (_gate)
        {
            if (share != _share || time.GetTimestamp() >= share.ValidUntil) return false;
            share.Held--;
            share.Spent++;
            return true;
        }
    }

    public void GiveBack(Share share)
    {
        lock (_gate) share.Held--;
    }

    /// <summary>Tells the owner what was spent, fetches what the pace of the calls will need, gives back what it will not. Called now and then.</summary>
    /// <returns>True when nobody has wanted anything for long and nothing is out.</returns>
    public bool Balance()
    {
        lock (_gate)
        {
            if (_asking is not null || _terms is null) return false;
            _pace = Math.Max(_taken, _pace < 0.5 ? 0 : _pace * 0.8);
            _taken = 0;
            var now = time.GetTimestamp();
            if (now >= _share.ValidUntil) return _share.Held == 0 && time.GetElapsedTime(_usedAt, now) > KeptUnused;
            var target = (long)Math.Ceiling(_pace * 2);
            if (_share.Free > 2 * target) _share.Returned += _share.Free - target;
            var ahead = _pace >= 2 && now >= _refusedUntil && _share.Free < target / 2;
            if (ahead || _share.Spent + _share.Returned > _reported) _asking = AskAsync();
            return false;
        }
    }

    /// <summary>Begins outside the caller's grain: it serves all that wait.</summary>
    private Task AskAsync() => Task.Run(async () =>
    {
        LimitLeaseRequest request;
        Share share;
        long asked;
        lock (_gate)
        {
            asked = time.GetTimestamp();
            // What is left of a lease that has run out is nobody's any more.
            if (_share.Leased > 0 && asked >= _share.ValidUntil) (_share, _reported) = (new Share(), 0);
            share = _share;
            var wanted = asked < _refusedUntil ? 0 : Math.Max(0, _waiting + (long)Math.Ceiling(_pace * 2) - share.Free);
            request = new LimitLeaseRequest
            {
                Holder = share.Holder, LimitId = _terms!.LimitId, Count = _terms.Count, Window = _terms.Window, Burst = _terms.Burst,
                Leased = share.Leased, Spent = share.Spent, Returned = share.Returned, Wanted = (int)Math.Min(wanted, _terms.Burst),
            };
        }

        LimitLease? answer = null;
        try
        {
            answer = await grains.GetGrain<ILimitGrain>(key).LeaseAsync(request);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // INVARIANT (fail closed): without an answer nothing more may start than what is held already.
        }

        lock (_gate)
        {
            _asking = null;
            Take(request, share, asked, answer);
        }
    });

    private void Take(LimitLeaseRequest request, Share share, long asked, LimitLease? answer)
    {
        var retryAfter = answer is null ? Silence : answer.RetryAfter;
        if (retryAfter is { } pause)
        {
            _opensAt = Later(pause);
            _refusedUntil = Later(pause < RefusalLasts ? pause : RefusalLasts);
        }

        if (answer is null) return;
        if (answer.Over)
        {
            if (_share == share) (_share, _reported) = (new Share(), 0);
            return;
        }

        (share.Leased, _reported, Level) = (Math.Max(share.Leased, answer.Leased), request.Spent + request.Returned, answer.Level);
        if (answer.For is { } lease) share.ValidUntil = asked + Ticks(lease);
    }

    private long Later(TimeSpan after) => time.GetTimestamp() + Ticks(after);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
