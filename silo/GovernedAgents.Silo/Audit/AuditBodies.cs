using System.Text;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Audit;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Audit;

/// <summary>A record of the audit. Its instant is text: the hash covers its six decimals as they stand.</summary>
public sealed record RecordBody
{
    public required long Pos { get; init; }
    public required string Stream { get; init; }
    public required long Seq { get; init; }
    public required string At { get; init; }
    public required string Kind { get; init; }
    public required RawJson Payload { get; init; }
    public required string PrevHash { get; init; }
    public required string Hash { get; init; }

    public static RecordBody Of(JournalRecord record) => new()
    {
        Pos = record.Pos,
        Stream = record.Stream,
        Seq = record.Seq,
        At = AuditInstant.Format(record.At),
        Kind = record.Kind,
        Payload = new RawJson(Encoding.UTF8.GetString(record.Payload.Span)),
        PrevHash = record.PrevHash,
        Hash = record.Hash,
    };
}

public sealed record StreamBody
{
    public required string Stream { get; init; }
    public required long Seq { get; init; }
    /// <summary>Hash of the newest record.</summary>
    public required string Head { get; init; }
    public required long LastPos { get; init; }
    public required string LastAt { get; init; }

    public static StreamBody Of(StreamInfo stream) => new() { Stream = stream.Stream, Seq = stream.Seq, Head = stream.Head, LastPos = stream.LastPos, LastAt = AuditInstant.Format(stream.LastAt) };
}

/// <summary>All checkpoints, and the public keys (JWKS) that they are judged by.</summary>
public sealed record CheckpointsBody
{
    public required IReadOnlyList<RawJson> Items { get; init; }
    public required RawJson Keys { get; init; }
}

/// <summary>What the journal holds of one call, each record with the proof that a signed checkpoint covers it.</summary>
public sealed record ReceiptBody
{
    public required string CallId { get; init; }
    public required IReadOnlyList<RecordBody> Records { get; init; }
    public required IReadOnlyList<ProofBody> Proofs { get; init; }
    public required RawJson Keys { get; init; }
}

/// <summary>Siblings from the leaf up; the leaf's index is <c>pos − fromPos</c> of the checkpoint.</summary>
public sealed record ProofBody
{
    public required long Pos { get; init; }
    public required string Hash { get; init; }
    public required IReadOnlyList<string> Path { get; init; }
    public required RawJson Checkpoint { get; init; }

    public static ProofBody Of(InclusionReceipt proof) =>
        new() { Pos = proof.Pos, Hash = proof.Hash, Path = proof.Path, Checkpoint = new RawJson(Encoding.UTF8.GetString(proof.Checkpoint.ToJson())) };
}
