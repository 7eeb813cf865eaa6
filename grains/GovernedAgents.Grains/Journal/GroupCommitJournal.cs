using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GovernedAgents.Grains.Journal;

/// <summary>
/// The one writer of a silo: while a batch is being committed the next gathers, so that one transaction and one fsync release many
/// callers. Nobody is answered before the outcome is certain; while it is not, new appends are Unavailable.
/// </summary>
public sealed partial class GroupCommitJournal : IJournal, IAsyncDisposable
{
    private const int PageRecords = 512;
    private const int TailRecords = 16_384;
    private const string Settling = "The journal is settling a commit whose outcome is unknown; retry shortly.";

    private readonly IJournalStore _store;
    private readonly JournalClock _clock;
    private readonly JournalLimits _limits;
    private readonly ILogger _logger;
    private readonly JournalTail? _tail;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Queue<PendingAppend> _queue = new();
    private bool _idle;
    private volatile bool _stopping;
    private volatile bool _unsettled;
    private long _committedPos;

    private GroupCommitJournal(IJournalStore store, JournalClock clock, JournalLimits limits, ILogger logger)
    {
        (_store, _clock, _limits, _logger) = (store, clock, limits, logger);
        _tail = store.SoleWriter ? new JournalTail(TailRecords) : null;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal-writer" };
    }

    /// <summary>Opens the store, anchors the clock to it and starts the writer.</summary>
    /// <exception cref="JournalOpenException">The stored journal cannot be used by this program.</exception>
    public static GroupCommitJournal Open(IJournalStore store, JournalClock clock, JournalLimits? limits = null, ILogger? logger = null)
    {
        var opening = store.Open();
        clock.Anchor(opening.Now, opening.LastAt);
        var journal = new GroupCommitJournal(store, clock, limits ?? new JournalLimits(), logger ?? NullLogger.Instance) { _committedPos = opening.LastPos };
        journal._thread.Start();
        return journal;
    }

    public bool SoleWriter => _store.SoleWriter;

    public string? UnavailableBecause => _unsettled ? Settling : null;

    public long CommittedPos => Volatile.Read(ref _committedPos);

    public async Task<long> ReadCommittedPosAsync(CancellationToken cancellation = default) => _store.SoleWriter ? CommittedPos : await _store.ReadLastPosAsync(cancellation);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The unit is empty or its records do not chain: a caller's bug.</exception>
    public ValueTask<AppendResult> AppendAsync(AppendUnit unit)
    {
        var pending = new PendingAppend { Unit = unit, Bytes = AppendUnitRules.Check(unit) };
        var refusal = Enqueue(pending);
        return refusal is null ? new ValueTask<AppendResult>(pending.Task) : ValueTask.FromResult(new AppendResult(AppendStatus.Unavailable, 0, refusal));
    }

    /// <exception cref="JournalUnavailableException">The journal cannot take it now.</exception>
    public Task EraseContentAsync(string id, CancellationToken cancellation = default) => EraseAsync(new PendingAppend { Erasure = id });

    /// <summary>Erases contents that have expired. Reads do not show them any more even before.</summary>
    /// <exception cref="JournalUnavailableException">The journal cannot take it now.</exception>
    public Task EraseExpiredContentsAsync() => EraseAsync(new PendingAppend { EraseExpiredBefore = _clock.Now });

    public async Task<StreamHead> ReadHeadAsync(string stream, CancellationToken cancellation = default) =>
        await _store.ReadHeadAsync(stream, cancellation) is { } info ? new StreamHead(info.Seq, info.Head) : StreamHead.Empty;

    public async IAsyncEnumerable<JournalRecord> ReadStreamAsync(string stream, long afterSeq, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var page = await _store.ReadStreamAsync(stream, afterSeq, PageRecords, cancellation);
            foreach (var record in page) yield return record;
            if (page.Count < PageRecords) yield break;
            afterSeq = page[^1].Seq;
        }
    }

    public Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream = null, CancellationToken cancellation = default) =>
        stream is null && _tail?.After(afterPos, limit) is { } newest ? Task.FromResult(newest) : _store.ReadAllAsync(afterPos, limit, stream, cancellation);

    public Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation = default) =>
        _store.ReadAtAsync(positions, cancellation);

    public Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation = default) => _store.ListStreamsAsync(cancellation);

    public async Task<ReadOnlyMemory<byte>?> ReadContentAsync(string id, CancellationToken cancellation = default) =>
        await _store.ReadContentAsync(id, cancellation) is { } content && !(content.Expires <= _clock.Now) ? content.Bytes : default(ReadOnlyMemory<byte>?);

    public Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation = default) => _store.FindClaimAsync(callId, cancellation);

    public Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation = default) => _store.ListClaimsAsync(session, cancellation);

    /// <summary>Commits what is queued, then ends; new appends are Unavailable. Closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        await _ended.Task;
        await _store.DisposeAsync();
    }

    private async Task EraseAsync(PendingAppend erasure)
    {
        if (Enqueue(erasure) is { } refusal) throw new JournalUnavailableException(refusal);
        var result = await erasure.Task;
        if (result.Status != AppendStatus.Committed) throw new JournalUnavailableException(result.Detail ?? "The journal cannot take it now.");
    }

    /// <returns>Why it cannot be queued, or null.</returns>
    private string? Enqueue(PendingAppend pending)
    {
        lock (_gate)
        {
            if (_stopping) return "The journal is shutting down.";
            if (_unsettled) return Settling;
            if (_queue.Count >= _limits.QueueUnits) return $"The journal's queue is full ({_limits.QueueUnits} units); retry shortly.";
            _queue.Enqueue(pending);
            if (_idle) Monitor.Pulse(_gate);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A journal commit ended without a known outcome; settling it before anybody is answered")]
    private partial void LogUnknown(Exception? fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal could not settle a commit yet; trying again in {BackOff}")]
    private partial void LogUnsettled(Exception fault, TimeSpan backOff);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal could not write a batch of {Units} units: {Detail}")]
    private partial void LogNotWritten(int units, string? detail);
}
