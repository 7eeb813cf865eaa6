using System.Security.Cryptography;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// The hash that chains a stream: lower-case hex SHA-256 of the RFC 8785 form of <c>{v, stream, seq, at, kind, payload, prevHash}</c>.
/// </summary>
public static class RecordHash
{
    /// <summary>The <c>v</c> of the hashed object. A new form of the record gets a new number, never another meaning of this one.</summary>
    public const int Version = 1;

    /// <summary>What the first record of a stream, and the first checkpoint, follow: 64 zeros.</summary>
    public static readonly string Zero = new('0', 64);

    /// <summary>O(payload), a few microseconds, no allocation but the answer.</summary>
    /// <param name="payload">Canonical JSON, taken as it is: it must already be the RFC 8785 form.</param>
    public static string Compute(string stream, long seq, DateTimeOffset at, string kind, ReadOnlySpan<byte> payload, string prevHash)
    {
        using var json = Form(stream, seq, at, kind, payload, prevHash);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json.Written, digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>The exact bytes that are hashed, for worked examples and independent checks.</summary>
    public static byte[] Preimage(string stream, long seq, DateTimeOffset at, string kind, ReadOnlySpan<byte> payload, string prevHash)
    {
        using var json = Form(stream, seq, at, kind, payload, prevHash);
        return json.Written.ToArray();
    }

    private static CanonicalWriter Form(string stream, long seq, DateTimeOffset at, string kind, ReadOnlySpan<byte> payload, string prevHash)
    {
        // The members in RFC 8785 order, so that nothing has to be sorted.
        var json = new CanonicalWriter(payload.Length + 256 + stream.Length);
        json.Raw("{\"at\":"u8);
        json.Instant(at);
        json.Raw(",\"kind\":"u8);
        json.Text(kind);
        json.Raw(",\"payload\":"u8);
        json.Raw(payload);
        json.Raw(",\"prevHash\":"u8);
        json.Text(prevHash);
        json.Raw(",\"seq\":"u8);
        json.Number(seq);
        json.Raw(",\"stream\":"u8);
        json.Text(stream);
        json.Raw(",\"v\":1}"u8);
        return json;
    }
}
