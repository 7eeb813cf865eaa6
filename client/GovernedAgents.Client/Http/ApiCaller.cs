namespace GovernedAgents.Client.Http;

/// <summary>The transport in one caller's name.</summary>
internal sealed class ApiCaller(ApiTransport transport, Func<CancellationToken, ValueTask<string?>> token)
{
    public ApiTransport Transport => transport;
    public Func<CancellationToken, ValueTask<string?>> Token => token;

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellation) where T : class =>
        (await transport.SendAsync(new ApiRequest(HttpMethod.Get, path) { Token = token }, cancellation)).Read<T>();

    public async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellation, Repeat repeat = Repeat.OnlyRefused, string? idempotencyKey = null, string? ifMatch = null) where T : class
    {
        var request = new ApiRequest(HttpMethod.Post, path)
        {
            Token = token,
            Body = WireJson.Bytes(body),
            Repeat = repeat,
            IdempotencyKey = idempotencyKey,
            IfMatch = ifMatch,
        };
        return (await transport.SendAsync(request, cancellation)).Read<T>(idempotencyKey);
    }

    public Task<Page<T>> ListAsync<T>(string path, PageOptions page, CancellationToken cancellation, params ReadOnlySpan<(string, string?)> filters)
    {
        (string, string?)[] paging = [.. filters, ("limit", page.Size.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("cursor", page.Cursor)];
        return GetAsync<Page<T>>(path + ApiRequest.Query(paging), cancellation);
    }
}

/// <summary>Bodies of the small verbs.</summary>
internal sealed record ReasonBody(string? Reason);
