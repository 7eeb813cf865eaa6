using System.Buffers.Text;
using System.Text.Json;

namespace GovernedAgents.Client.Http;

/// <summary>
/// A session's own token, renewed with itself before it runs out. A token that is still good is used even while renewing fails:
/// the server judges it, not this clock.
/// </summary>
internal sealed class SessionCredential(ApiTransport transport, string session, string token) : IDisposable
{
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private string _token = token;
    private DateTimeOffset _renewAt = RenewAt(transport, token, null);

    public async ValueTask<string?> TokenAsync(CancellationToken cancellation)
    {
        if (transport.Time.GetUtcNow() < _renewAt) return _token;
        await _renewing.WaitAsync(cancellation);
        try
        {
            if (transport.Time.GetUtcNow() >= _renewAt) await RenewAsync(cancellation);
        }
        finally
        {
            _renewing.Release();
        }

        return _token;
    }

    public void Dispose() => _renewing.Dispose();

    private async Task RenewAsync(CancellationToken cancellation)
    {
        var before = _token;
        try
        {
            var request = new ApiRequest(HttpMethod.Post, $"v1/sessions/{ApiRequest.Segment(session)}/token") { Token = _ => ValueTask.FromResult<string?>(before), Body = "{}"u8.ToArray() };
            var renewed = (await transport.SendAsync(request, cancellation)).Read<SessionToken>();
            if (renewed.Token is { Length: > 0 } next) _token = next;
        }
        catch (GovernedAgentsException)
        {
            // The session may have ended or the server be away: the request that needed the token will say so in the server's words.
        }

        _renewAt = RenewAt(transport, _token, transport.Time.GetUtcNow());
    }

    /// <param name="lastTried">After an attempt: the pause before the next is at least 30 s, or renewing a token at its session's end would never stop.</param>
    private static DateTimeOffset RenewAt(ApiTransport transport, string token, DateTimeOffset? lastTried)
    {
        if (Claim(token, "exp") is not { ValueKind: JsonValueKind.Number } expiry || !expiry.TryGetInt64(out var seconds)) return DateTimeOffset.MaxValue;
        var due = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, 253_402_300_799)) - transport.Options.RenewBefore;
        return lastTried is { } tried && due < tried.AddSeconds(30) ? tried.AddSeconds(30) : due;
    }

    /// <summary>A claim as written, unverified: only for knowing when to renew and what to print. Null for what is not a JWT.</summary>
    public static JsonElement? Claim(string token, string name)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1])) return null;
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
