using System.Globalization;
using System.Text.Json;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>One hash-chained record of the journal.</summary>
public sealed record AuditRecordInfo
{
    public required long Pos { get; init; }
    public required string Stream { get; init; }
    public required long Seq { get; init; }
    /// <summary>As hashed: RFC 3339, UTC, six decimals.</summary>
    public required string At { get; init; }
    /// <summary>Past tense: <c>CallDecided</c>.</summary>
    public required string Kind { get; init; }
    public JsonElement Payload { get; init; }
    public required string PrevHash { get; init; }
    public required string Hash { get; init; }
}

/// <summary>The journal as auditors and operators read it.</summary>
public sealed class AuditClient
{
    private readonly ApiCaller _caller;

    internal AuditClient(ApiCaller caller) => _caller = caller;

    /// <param name="stream">Null: all streams.</param>
    /// <param name="afterPos">Only records after this position.</param>
    /// <param name="limit">1 to 200.</param>
    public Task<Page<AuditRecordInfo>> RecordsAsync(string? stream = null, long? afterPos = null, int limit = 50, CancellationToken cancellation = default) =>
        _caller.ListAsync<AuditRecordInfo>("v1/audit/records", new PageOptions(limit), cancellation, ("stream", stream), ("afterPos", afterPos?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The streams and their heads, as the server wrote them.</summary>
    public Task<Page<JsonElement>> StreamsAsync(PageOptions page = default, CancellationToken cancellation = default) => _caller.ListAsync<JsonElement>("v1/audit/streams", page, cancellation);

    /// <summary>All checkpoints with the public keys, as the server wrote them: keep it outside the database.</summary>
    public async Task<JsonElement> CheckpointsAsync(CancellationToken cancellation = default) => (await _caller.GetAsync<JsonDocument>("v1/audit/checkpoints", cancellation)).RootElement;

    /// <summary>Copies the whole export (JSON Lines) byte for byte. Verify it offline with <c>gov audit verify</c>.</summary>
    /// <exception cref="GovernedAgentsException">Refused, or the connection broke: then the target is cut short.</exception>
    public Task ExportAsync(Stream target, CancellationToken cancellation = default) =>
        _caller.Transport.DownloadAsync(new ApiRequest(HttpMethod.Get, "v1/audit/export") { Token = _caller.Token, Accept = "*/*" }, target, cancellation);
}
