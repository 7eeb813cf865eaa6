using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// A signed statement, kept outside the database, of what the journal held: the Merkle root over the records <see cref="FromPos"/> to
/// <see cref="ToPos"/> (both included) and the hash of the checkpoint before. Whoever keeps one can prove any later change of what it covers.
/// </summary>
public sealed record Checkpoint
{
    /// <summary>From 1, contiguous.</summary>
    public required long Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required long FromPos { get; init; }
    public required long ToPos { get; init; }
    /// <summary>Lower-case hex, see <see cref="MerkleTree"/>.</summary>
    public required string Root { get; init; }
    /// <summary><see cref="Hash"/> of the checkpoint before; 64 zeros for the first.</summary>
    public required string PrevCheckpoint { get; init; }
    /// <summary>RFC 7638 thumbprint of the signing key.</summary>
    public required string KeyId { get; init; }
    /// <summary>ECDSA P-256 with SHA-256 over <see cref="SigningBytes"/>, r ‖ s (IEEE P1363), base64url without padding.</summary>
    public string Signature { get; init; } = "";

    /// <summary>RFC 8785 form of all members but the signature.</summary>
    public byte[] SigningBytes() => Form(signed: false);

    /// <summary>RFC 8785 form of all members: what is stored and exported.</summary>
    public byte[] ToJson() => Form(signed: true);

    /// <summary>Lower-case hex SHA-256 of <see cref="ToJson"/>: what the next checkpoint names.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(ToJson()));

    /// <exception cref="FormatException">Not a checkpoint: a member is missing, unknown, twice, or of the wrong type.</exception>
    public static Checkpoint Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var members = AuditMembers.Of(document.RootElement, "id", "at", "fromPos", "toPos", "root", "prevCheckpoint", "keyId", "signature");
            return new Checkpoint
            {
                Id = members["id"].GetInt64(),
                At = AuditInstant.Parse(members["at"].GetString()!),
                FromPos = members["fromPos"].GetInt64(),
                ToPos = members["toPos"].GetInt64(),
                Root = members["root"].GetString()!,
                PrevCheckpoint = members["prevCheckpoint"].GetString()!,
                KeyId = members["keyId"].GetString()!,
                Signature = members["signature"].GetString()!,
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException($"A checkpoint cannot be read: {fault.Message}", fault);
        }
    }

    public static Checkpoint Parse(string json) => Parse(Encoding.UTF8.GetBytes(json));

    private byte[] Form(bool signed)
    {
        using var json = new CanonicalWriter(512);
        json.Raw("{\"at\":"u8);
        json.Instant(At);
        json.Raw(",\"fromPos\":"u8);
        json.Number(FromPos);
        json.Raw(",\"id\":"u8);
        json.Number(Id);
        json.Raw(",\"keyId\":"u8);
        json.Text(KeyId);
        json.Raw(",\"prevCheckpoint\":"u8);
        json.Text(PrevCheckpoint);
        json.Raw(",\"root\":"u8);
        json.Text(Root);
        if (signed)
        {
            json.Raw(",\"signature\":"u8);
            json.Text(Signature);
        }

        json.Raw(",\"toPos\":"u8);
        json.Number(ToPos);
        json.Raw("}"u8);
        return json.Written.ToArray();
    }
}
