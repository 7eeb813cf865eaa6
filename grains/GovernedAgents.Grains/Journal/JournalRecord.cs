using GovernedAgents.Policy.Audit;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Journal;

/// <summary>One durable record. <see cref="Payload"/> is the exact canonical JSON; hashes are lower-case hex SHA-256.</summary>
public sealed record JournalRecord
{
    private DomainEvent? _event;

    /// <summary>Position over all streams, from 1; 0 until it is committed.</summary>
    public long Pos { get; internal set; }
    public required string Stream { get; init; }
    /// <summary>Position within the stream, from 1.</summary>
    public required long Seq { get; init; }
    /// <summary>Microsecond precision, UTC; never goes backwards within a stream.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Past tense: <c>CallDecided</c>.</summary>
    public required string Kind { get; init; }
    public required ReadOnlyMemory<byte> Payload { get; init; }
    public required string PrevHash { get; init; }
    public required string Hash { get; init; }

    /// <summary>What the payload says; decoded when first asked for, unless it was staged from it.</summary>
    /// <exception cref="UnknownEventKindException">A record of a newer version.</exception>
    public DomainEvent Event => _event ??= EventCodec.Decode(Kind, Payload.Span);

    internal DomainEvent? StagedFrom
    {
        init => _event = value;
    }
}

/// <summary>Where a stream ends: what the next append must extend. <see cref="Empty"/> is seq 0 with 64 zeros.</summary>
public readonly record struct StreamHead(long Seq, string Hash)
{
    public static readonly StreamHead Empty = new(0, new string('0', 64));
}

/// <summary>Bytes kept beside the journal; the payload holds the commitment (see <c>ContentCommitment</c>). Erasing them leaves the chain valid.</summary>
public sealed record ContentWrite(string Id, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> Bytes, DateTimeOffset? Expires)
{
    /// <summary>With a fresh id and salt, and what a payload says of it. Ids grow with time, so that a back end adds at the end of its index.</summary>
    public static ContentWrite Of(ReadOnlyMemory<byte> bytes, out ContentReference reference)
    {
        var salt = ContentCommitment.NewSalt();
        reference = new ContentReference($"cnt_{Guid.CreateVersion7():N}", ContentCommitment.Compute(salt, bytes.Span));
        return new ContentWrite(reference.Id, salt, bytes, null);
    }
}

/// <summary>A call id to be claimed, unique in the database, with what finds and recognises the call again.</summary>
public sealed record CallClaim(string CallId, string Session, string Environment, string RequestHash)
{
    /// <summary>Position of the first record of the unit that claimed it: the call's <c>CallSubmitted</c>. 0 until it is committed.</summary>
    public long Pos { get; init; }
}

/// <summary>All or nothing: consecutive records of one or more streams (each group extends that stream's head), contents, and claims.</summary>
public sealed record AppendUnit
{
    /// <summary>In stream order of writing; for one stream Seq/PrevHash/Hash chain on. The first of each stream must extend its head.</summary>
    public required IReadOnlyList<JournalRecord> Records { get; init; }
    public IReadOnlyList<ContentWrite> Contents { get; init; } = [];
    public CallClaim? Claim { get; init; }
}

public enum AppendStatus
{
    Committed,
    /// <summary>A head had moved: somebody else owns the stream now. Nothing of the unit is written.</summary>
    Conflict,
    /// <summary>The call id is taken. Nothing of the unit is written.</summary>
    DuplicateClaim,
    /// <summary>Certainly not written: the journal cannot take it now (disk full, locked, queue full, shutting down).</summary>
    Unavailable,
}

/// <param name="LastPos">Position of the unit's last record when committed.</param>
public readonly record struct AppendResult(AppendStatus Status, long LastPos, string? Detail = null);
