using GovernedAgents.Policy.Audit;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Journal;

/// <summary>
/// The end of one stream as its owner sees it, ahead of what is durable: stages records that chain on. When an append fails, what was staged
/// after it never becomes true: throw this away with the rest of the owner's state.
/// </summary>
public sealed class JournalStream(string name, StreamHead head, DateTimeOffset lastAt)
{
    public string Name { get; } = name;
    public StreamHead Ahead { get; private set; } = head;
    public DateTimeOffset LastAt { get; private set; } = lastAt;

    /// <param name="payload">Canonical JSON; hashed and stored as it is.</param>
    /// <param name="at">Cut to microseconds; when it lies before the last record's instant, that instant is taken.</param>
    public JournalRecord Stage(string kind, ReadOnlyMemory<byte> payload, DateTimeOffset at) => Stage(kind, payload, null, at);

    /// <inheritdoc cref="Stage(string, ReadOnlyMemory{byte}, DateTimeOffset)"/>
    public JournalRecord Stage(DomainEvent occurred, DateTimeOffset at) => Stage(EventCodec.KindOf(occurred), EventCodec.Encode(occurred), occurred, at);

    private JournalRecord Stage(string kind, ReadOnlyMemory<byte> payload, DomainEvent? occurred, DateTimeOffset at)
    {
        // INVARIANT (time): at never goes backwards within a stream.
        var instant = AuditInstant.Truncate(at);
        if (instant < LastAt) instant = LastAt;
        var seq = Ahead.Seq + 1;
        var record = new JournalRecord
        {
            Stream = Name,
            Seq = seq,
            At = instant,
            Kind = kind,
            Payload = payload,
            PrevHash = Ahead.Hash,
            Hash = RecordHash.Compute(Name, seq, instant, kind, payload.Span, Ahead.Hash),
            StagedFrom = occurred,
        };
        Ahead = new StreamHead(seq, record.Hash);
        LastAt = instant;
        return record;
    }
}
