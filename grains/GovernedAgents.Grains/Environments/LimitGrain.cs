using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>The owner of one bucket. What it gives is fenced by its stream: of two activations only one can give anything.</summary>
public sealed class LimitGrain(IJournal journal, SealedSnapshots snapshots, JournalClock clock) : Grain, ILimitGrain
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    /// <summary>How much longer a lease lasts here than with its holder: what monotonic clocks of two machines may differ by meanwhile, with room to spare.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RecordWithin = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);
    private StreamShell<LimitShares> _shell = null!;
    /// <summary>What holders have said since the last record is here and not in the journal; lost, it counts as out until their leases are over.</summary>
    private LimitShares _shares = new();
    private DateTimeOffset _beganAt;
    private long _began;
    private IGrainTimer? _recording;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, snapshots, clock, $"limit/{this.GetPrimaryKeyString()}", new(new LimitShares(), LimitShares.StateVersion, Apply));
        await _shell.LoadAsync(cancellationToken);
        _shares = _shell.Committed;
        // The clock of the silo that owned it before may be behind this one's; from here on only elapsed time refills, so a clock that is set forward gives nothing.
        (_beganAt, _began) = (clock.Now - Tolerance, clock.Time.GetTimestamp());
        // How old the leases are is not known here; none is older than now.
        foreach (var holder in _shares.Holders.Keys) _since[holder] = _began;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await RecordSettledAsync();
        await _shell.SaveSnapshotAsync();
    }

    public async Task<LimitLease> LeaseAsync(LimitLeaseRequest request)
    {
        if (_shell.Lost) throw Overtaken();
        var terms = new LimitSpend(this.GetPrimaryKeyString(), request.LimitId, request.Count, request.Window, request.Burst);
        var ticks = (_beganAt + clock.Time.GetElapsedTime(_began)).UtcTicks;
        DropOver(terms, ticks);
        if (request.Leased > 0 && !_shares.Holders.ContainsKey(request.Holder)) return new LimitLease { Over = true };
        var returned = _shares.Holders.GetValueOrDefault(request.Holder)?.Returned ?? 0;
        _shares = _shares.Settle(request.Holder, request.Spent, request.Returned, terms, ticks);
        var next = _shares.Lease(request.Holder, request.Wanted, terms, ticks, out var given);
        // INVARIANT (limits hold over the cluster): nothing is told before it is durable, and nothing that is told lasts longer than the record behind it says.
        if (given > 0)
        {
            await RecordAsync(new LimitLeased { Holder = request.Holder, Starts = given, After = next });
            _since[request.Holder] = clock.Time.GetTimestamp();
        }
        else if (request.Returned > returned) await RecordAsync(new LimitSettled { After = next });
        else if (_shares != _shell.Ahead) _recording ??= this.RegisterGrainTimer(RecordSettledAsync, new GrainTimerCreationOptions(RecordWithin, Timeout.InfiniteTimeSpan) { Interleave = false });
        _shares = next;
        return new LimitLease
        {
            Leased = _shares.Holders.GetValueOrDefault(request.Holder)?.Leased ?? 0, For = given > 0 ? Lease : null, Level = _shares.Level,
            RetryAfter = given < request.Wanted ? UntilOne(terms, ticks) : null,
        };
    }

    private void DropOver(LimitSpend terms, long ticks)
    {
        foreach (var holder in _shares.Holders.Keys.Where(holder => clock.Time.GetElapsedTime(_since[holder]) > Lease + Tolerance))
        {
            _shares = _shares.Drop(holder, terms, ticks);
            _since.Remove(holder);
        }
    }

    private async Task RecordSettledAsync()
    {
        _recording?.Dispose();
        _recording = null;
        if (_shares != _shell.Ahead && !_shell.Lost && (await _shell.RecordAsync(clock.Now, new LimitSettled { After = _shares })).Status != AppendStatus.Committed) DeactivateOnIdle();
    }

    private async Task RecordAsync(DomainEvent occurred)
    {
        if ((await _shell.RecordAsync(clock.Now, occurred)).Status != AppendStatus.Committed) throw Overtaken();
    }

    private InvalidOperationException Overtaken()
    {
        DeactivateOnIdle();
        return new InvalidOperationException($"The stream of limit '{this.GetPrimaryKeyString()}' cannot be written here now; nothing was given.");
    }

    /// <summary>What is out may come back, or has been spent and only not been told: then it is worth asking again soon.</summary>
    private TimeSpan UntilOne(LimitSpend terms, long ticks) => _shares.UntilOne(terms, ticks) is var wait && _shares.Out > 0 && wait > Soon ? Soon : wait;

    private static LimitShares Apply(LimitShares shares, DomainEvent occurred, DateTimeOffset at, long seq) => occurred switch
    {
        LimitLeased e => e.After,
        LimitSettled e => e.After,
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };
}
