using System.Text.Json;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Grains.Telemetry;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Journal;

/// <summary>How one kind of state is folded and kept.</summary>
public sealed record Fold<TState>(TState Empty, int StateVersion, Func<TState, DomainEvent, DateTimeOffset, long, TState> Apply);

/// <summary>
/// Decide, record, apply for one stream. Decisions see <see cref="Ahead"/>; answers and queries see <see cref="Committed"/>, which advances only when the
/// journal has the records. An append that fails makes the shell <see cref="Lost"/>: it decides nothing more, its activation must end.
/// Not thread-safe: used from one activation's turns.
/// </summary>
public sealed class StreamShell<TState>(IJournal journal, SealedSnapshots? snapshots, JournalClock clock, string stream, Fold<TState> fold) where TState : class
{
    private const int SnapshotEvery = 2_000;
    private JournalStream _head = new(stream, StreamHead.Empty, default);
    private (long Seq, string Hash) _committedHead = (0, StreamHead.Empty.Hash);
    private long _snapshotSeq;
    private bool _snapshotting;

    public TState Ahead { get; private set; } = fold.Empty;
    public TState Committed { get; private set; } = fold.Empty;
    public long CommittedSeq => _committedHead.Seq;
    public bool Lost { get; private set; }
    /// <summary>Now, never before the stream's last record.</summary>
    public DateTimeOffset Now => clock.Now;

    /// <exception cref="UnknownEventKindException">A record of a newer version.</exception>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var state = fold.Empty;
        var head = StreamHead.Empty;
        var at = default(DateTimeOffset);
        if (snapshots is not null && await snapshots.ReadAsync(stream, fold.StateVersion) is { } envelope && await FitsAsync(envelope, cancellation))
        {
            state = JsonSerializer.Deserialize<TState>(envelope.StateJson, EventCodec.Json)!;
            head = new StreamHead(envelope.Seq, envelope.Head);
            _snapshotSeq = envelope.Seq;
        }

        await foreach (var record in journal.ReadStreamAsync(stream, head.Seq, cancellation))
        {
            if (record.PrevHash != head.Hash)
                throw new InvalidDataException($"Stream '{stream}' is broken at seq {record.Seq}: its record does not extend the one before. Run 'gov audit verify'.");
            state = fold.Apply(state, record.Event, record.At, record.Seq);
            head = new StreamHead(record.Seq, record.Hash);
            at = record.At;
        }

        Ahead = Committed = state;
        _committedHead = (head.Seq, head.Hash);
        _head = new JournalStream(stream, head, at);
    }

    /// <summary>Records the events (and what goes with them) in one unit. True when durable; false: nothing was written and the shell is lost.</summary>
    public ValueTask<AppendResult> RecordAsync(DateTimeOffset at, params IReadOnlyList<DomainEvent> events) => RecordAsync(at, events, [], null, []);

    public async ValueTask<AppendResult> RecordAsync(
        DateTimeOffset at, IReadOnlyList<DomainEvent> events, IReadOnlyList<ContentWrite> contents, CallClaim? claim, IReadOnlyList<JournalRecord> others)
    {
        if (Lost) return new AppendResult(AppendStatus.Unavailable, 0, "This activation has lost its stream.");
        var records = new List<JournalRecord>(events.Count + others.Count);
        var after = Ahead;
        foreach (var occurred in events)
        {
            var record = _head.Stage(occurred, at);
            after = fold.Apply(after, occurred, record.At, record.Seq);
            records.Add(record);
        }

        var last = records[^1];
        Ahead = after;
        records.AddRange(others);
        AppendResult result;
        try
        {
            result = await journal.AppendAsync(new AppendUnit { Records = records, Contents = contents, Claim = claim });
        }
        catch
        {
            // Stopped before anybody could learn whether it is durable: nothing may be built on it here.
            Lost = true;
            throw;
        }

        if (result.Status != AppendStatus.Committed)
        {
            // INVARIANT (fenced writes): a decision made on a state that this activation no longer owns is never appended again.
            Lost = true;
            return result;
        }

        GovernanceMetrics.Committed(records);
        if (last.Seq > _committedHead.Seq)
        {
            Committed = after;
            _committedHead = (last.Seq, last.Hash);
            if (last.Seq - _snapshotSeq >= SnapshotEvery) _ = SaveSnapshotAsync();
        }

        return result;
    }

    /// <summary>
    /// Whether the journal holds such an event after what this shell has: then another activation has recorded it, and what is said here about its subject is out of date.
    /// </summary>
    public async Task<bool> MissesAsync(Func<DomainEvent, bool> which, CancellationToken cancellation = default)
    {
        await foreach (var record in journal.ReadStreamAsync(stream, _committedHead.Seq, cancellation))
        {
            if (which(EventCodec.Decode(record.Kind, record.Payload.Span))) return true;
        }

        return false;
    }

    /// <summary>Shortens the next activation's fold; failing to is harmless.</summary>
    public async Task SaveSnapshotAsync()
    {
        if (snapshots is null || Lost || _snapshotting || _committedHead.Seq == _snapshotSeq) return;
        _snapshotting = true;
        try
        {
            var (seq, hash) = _committedHead;
            var json = JsonSerializer.Serialize(Committed, EventCodec.Json);
            await snapshots.WriteAsync(stream, new StreamHead(seq, hash), fold.StateVersion, json);
            _snapshotSeq = seq;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The journal is the authority: a snapshot that cannot be written only makes the next activation slower.
            _snapshotSeq = Math.Max(_snapshotSeq, _committedHead.Seq - SnapshotEvery / 2);
        }
        finally
        {
            _snapshotting = false;
        }
    }

    private async Task<bool> FitsAsync(SnapshotEnvelope content, CancellationToken cancellation)
    {
        if (content.Seq == 0) return false;
        await foreach (var record in journal.ReadStreamAsync(stream, content.Seq - 1, cancellation))
            return record.Seq == content.Seq && record.Hash == content.Head;
        return false;
    }
}
