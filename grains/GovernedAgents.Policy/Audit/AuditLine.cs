using System.Runtime.InteropServices;
using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>One record of an export, as <c>{pos, stream, seq, at, kind, payload, prevHash, hash}</c> on a line of its own.</summary>
public sealed record AuditLine
{
    public required long Pos { get; init; }
    public required string Stream { get; init; }
    public required long Seq { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Kind { get; init; }
    /// <summary>The payload's bytes as they stand in the line.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }
    public required string PrevHash { get; init; }
    public required string Hash { get; init; }

    /// <summary>Without a line break. The payload goes in as it is.</summary>
    public void WriteTo(Stream output)
    {
        using var json = new CanonicalWriter(Payload.Length + 512);
        json.Raw("{\"pos\":"u8);
        json.Number(Pos);
        json.Raw(",\"stream\":"u8);
        json.Text(Stream);
        json.Raw(",\"seq\":"u8);
        json.Number(Seq);
        json.Raw(",\"at\":"u8);
        json.Instant(At);
        json.Raw(",\"kind\":"u8);
        json.Text(Kind);
        json.Raw(",\"payload\":"u8);
        json.Raw(Payload.Span);
        json.Raw(",\"prevHash\":"u8);
        json.Text(PrevHash);
        json.Raw(",\"hash\":"u8);
        json.Text(Hash);
        json.Raw("}"u8);
        output.Write(json.Written);
    }

    /// <exception cref="FormatException">Not a record, or its payload is not canonical JSON.</exception>
    internal static AuditLine Parse(JsonElement line)
    {
        try
        {
            var members = AuditMembers.Of(line, "pos", "stream", "seq", "at", "kind", "payload", "prevHash", "hash");
            var payload = JsonMarshal.GetRawUtf8Value(members["payload"]);
            if (!CanonicalCheck.IsCanonical(members["payload"], payload))
                throw new FormatException("The payload is not canonical JSON (RFC 8785): it was written by something else, or changed.");
            return new AuditLine
            {
                Pos = members["pos"].GetInt64(),
                Stream = members["stream"].GetString()!,
                Seq = members["seq"].GetInt64(),
                At = AuditInstant.Parse(members["at"].GetString()!),
                Kind = members["kind"].GetString()!,
                Payload = payload.ToArray(),
                PrevHash = members["prevHash"].GetString()!,
                Hash = members["hash"].GetString()!,
            };
        }
        catch (InvalidOperationException fault)
        {
            throw new FormatException(fault.Message, fault);
        }
    }
}
