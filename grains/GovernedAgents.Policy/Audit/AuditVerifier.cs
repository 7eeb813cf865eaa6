using System.Text;
using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// Judges an export offline: JSON Lines, records in position order from 1, then all checkpoints. It is whole when every hash fits,
/// every stream chains without a gap, the checkpoints chain and cover every record, and every kept checkpoint is one of them.
/// </summary>
public sealed class AuditVerifier
{
    private readonly Dictionary<string, (long Seq, string Hash, DateTimeOffset At)> _heads = new(StringComparer.Ordinal);
    private readonly CheckpointKeys? _keys;
    /// <summary>Record hashes, 32 bytes each, in chunks: the checkpoints that cover them come at the end of the export.</summary>
    private readonly List<byte[]> _hashes = [];
    private readonly List<Checkpoint> _checkpoints = [];
    private long _records;

    private const int ChunkRecords = 4_096;

    private AuditVerifier(CheckpointKeys? keys) => _keys = keys;

    /// <summary>O(records) time, 32 bytes a record of memory. Never throws for what the export holds.</summary>
    /// <param name="kept">Checkpoints kept outside the database, in any order; each must be in the export unchanged.</param>
    /// <param name="jwks">The public keys; without them signatures are not judged, and the report says so.</param>
    /// <exception cref="FormatException">The key set itself cannot be read.</exception>
    public static AuditReport Verify(Stream export, IReadOnlyCollection<Checkpoint>? kept = null, string? jwks = null)
    {
        using var keys = jwks is null ? null : CheckpointKeys.Parse(jwks);
        var verifier = new AuditVerifier(keys);
        var matched = 0;
        var fault = verifier.Read(export) ?? verifier.Ends() ?? verifier.Extends(kept ?? [], out matched);
        return new AuditReport
        {
            FirstFault = fault,
            Records = verifier._records,
            Checkpoints = verifier._checkpoints.Count,
            Streams = verifier._heads.Count,
            SignaturesChecked = keys is not null,
            KeptMatched = matched,
            Last = verifier._checkpoints.LastOrDefault(),
        };
    }

    private string? Read(Stream export)
    {
        using var reader = new StreamReader(export, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        long number = 0;
        try
        {
            while (reader.ReadLine() is { } text)
            {
                number++;
                using var line = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 300 });
                var isCheckpoint = line.RootElement.ValueKind == JsonValueKind.Object && line.RootElement.TryGetProperty("root", out _);
                var fault = isCheckpoint ? Take(Checkpoint.Parse(text))
                    : _checkpoints.Count > 0 ? "a record stands after a checkpoint; records come first"
                    : Take(AuditLine.Parse(line.RootElement));
                if (fault is not null) return $"line {number}: {fault}";
            }

            return null;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or DecoderFallbackException or ArgumentException)
        {
            return $"line {number}: {fault.Message}";
        }
    }

    private string? Take(AuditLine record)
    {
        var expected = _records + 1;
        if (record.Pos != expected) return $"position {record.Pos} stands where {expected} belongs: records were deleted, added or reordered";
        var head = _heads.TryGetValue(record.Stream, out var known) ? known : (Seq: 0L, Hash: RecordHash.Zero, At: DateTimeOffset.MinValue);
        if (record.Seq != head.Seq + 1) return $"record {record.Pos}: stream '{record.Stream}' goes from seq {head.Seq} to {record.Seq}";
        if (record.PrevHash != head.Hash) return $"record {record.Pos}: prevHash does not name seq {head.Seq} of stream '{record.Stream}'";
        if (record.At < head.At) return $"record {record.Pos}: time goes backwards in stream '{record.Stream}'";
        var hash = RecordHash.Compute(record.Stream, record.Seq, record.At, record.Kind, record.Payload.Span, record.PrevHash);
        if (hash != record.Hash) return $"record {record.Pos}: the hash does not fit the content; the record was changed";

        _heads[record.Stream] = (record.Seq, hash, record.At);
        if (_records % ChunkRecords == 0) _hashes.Add(new byte[ChunkRecords * 32]);
        Convert.FromHexString(hash, _hashes[^1].AsSpan((int)(_records % ChunkRecords) * 32, 32), out _, out _);
        _records++;
        return null;
    }

    private string? Take(Checkpoint checkpoint)
    {
        var before = _checkpoints.LastOrDefault();
        var name = $"checkpoint {checkpoint.Id}";
        if (checkpoint.Id != (before?.Id ?? 0) + 1) return $"{name} stands where checkpoint {(before?.Id ?? 0) + 1} belongs";
        if (checkpoint.PrevCheckpoint != (before?.Hash() ?? RecordHash.Zero)) return $"{name}: prevCheckpoint does not name the checkpoint before";
        if (checkpoint.FromPos != (before?.ToPos ?? 0) + 1 || checkpoint.ToPos < checkpoint.FromPos)
            return $"{name}: covers {checkpoint.FromPos} to {checkpoint.ToPos}, which does not follow position {before?.ToPos ?? 0}";
        if (checkpoint.ToPos > _records) return $"{name}: covers records up to {checkpoint.ToPos}, the export ends at {_records}: records are missing";
        var tree = new MerkleTree();
        for (var pos = checkpoint.FromPos - 1; pos < checkpoint.ToPos; pos++)
            tree.Add(_hashes[(int)(pos / ChunkRecords)].AsSpan((int)(pos % ChunkRecords) * 32, 32));
        if (tree.Root() != checkpoint.Root) return $"{name}: the root does not fit the records {checkpoint.FromPos} to {checkpoint.ToPos}";
        if (_keys is not null && !_keys.Verify(checkpoint)) return $"{name}: the signature is not one of the given keys' (keyId '{checkpoint.KeyId}')";
        _checkpoints.Add(checkpoint);
        return null;
    }

    private string? Ends()
    {
        if (_checkpoints.Count == 0) return "the export holds no checkpoint: it is empty or cut short";
        var covered = _checkpoints[^1].ToPos;
        return covered == _records ? null : $"the last checkpoint covers up to position {covered}, the records go on to {_records}: checkpoints are missing";
    }

    private string? Extends(IReadOnlyCollection<Checkpoint> kept, out int matched)
    {
        matched = 0;
        foreach (var checkpoint in kept.OrderBy(one => one.Id))
        {
            if (checkpoint.Id < 1 || checkpoint.Id > _checkpoints.Count)
                return $"kept checkpoint {checkpoint.Id} is not in the export, which ends at checkpoint {_checkpoints.Count}: the journal was cut or restored";
            if (_checkpoints[(int)checkpoint.Id - 1] != checkpoint)
                return $"kept checkpoint {checkpoint.Id} differs from the export's: the history before position {checkpoint.ToPos} was rewritten";
            matched++;
        }

        return null;
    }
}
