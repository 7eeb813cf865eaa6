using System.Net;
using GovernedAgents.Connectors.Aws.Requests;

namespace GovernedAgents.Connectors.Aws.Sending;

/// <summary>An answer as it came.</summary>
internal sealed record AwsAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool Oversized)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>How a sending ended.</summary>
internal abstract record SendEnd
{
    /// <summary>Status and body are there.</summary>
    public sealed record Answered(AwsAnswer Answer) : SendEnd;
    /// <summary>Certainly nothing of the request left.</summary>
    public sealed record NotSent(bool Refused, bool GaveUp, string Detail) : SendEnd;
    /// <summary>It left, whole or in part, and no whole answer came.</summary>
    public sealed record Lost(bool GaveUp, string Detail) : SendEnd;
}

/// <summary>
/// Sends signed requests. Nothing is repeated, redirected or taken from a pool for a gated request: it has a connection of its own, so that what was sent and what was not
/// can be told apart.
/// </summary>
internal sealed class AwsHttp : IDisposable
{
    public const int MaxBodyBytes = 4 * 1024 * 1024;
    private readonly HttpMessageInvoker _reads = new(GatedHttp.Handler(null));

    /// <param name="beforeSend">Null for a request that has no effect.</param>
    public async Task<SendEnd> SendAsync(AwsRequest request, Endpoint endpoint, AwsKey key, TimeProvider time, Func<bool>? beforeSend, CancellationToken cancellation)
    {
        using var message = Message(request, endpoint, SigV4.Sign(request, endpoint, key, time.GetUtcNow()));
        if (beforeSend is null) return await SendAsync(_reads, message, null, cancellation).ConfigureAwait(false);
        var gate = new SendGate(beforeSend);
        using var own = new HttpMessageInvoker(GatedHttp.Handler(gate));
        return await SendAsync(own, message, gate, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _reads.Dispose();

    private static async Task<SendEnd> SendAsync(HttpMessageInvoker sender, HttpRequestMessage message, SendGate? gate, CancellationToken cancellation)
    {
        try
        {
            using var response = await sender.SendAsync(message, cancellation).ConfigureAwait(false);
            return new SendEnd.Answered(await ReadAsync(response, cancellation).ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            var gaveUp = failure is OperationCanceledException && cancellation.IsCancellationRequested;
            var detail = gaveUp ? "no answer came in time" : failure is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : failure.GetType().Name;
            return gate is { Opened: false } ? new SendEnd.NotSent(gate.Refused, gaveUp, detail) : new SendEnd.Lost(gaveUp, detail);
        }
    }

    private static async Task<AwsAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[16 * 1024];
        int read;
        while (body.Length <= MaxBodyBytes && (read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0) body.Write(buffer, 0, read);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        return new AwsAnswer((int)response.StatusCode, headers, body.ToArray(), body.Length > MaxBodyBytes);
    }

    private static HttpRequestMessage Message(AwsRequest request, Endpoint endpoint, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var query = request.Query.Count > 0 ? "?" + request.QueryText : "";
        // The address is sent byte for byte as it was signed.
        var address = new Uri($"{endpoint.Address.Scheme}://{endpoint.Address.Authority}{request.Path}{query}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(request.Method), address) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (request.Body.Length > 0 || request.Method is "POST" or "PUT") message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }
}
