using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>
/// One session of a remote server, over streamable HTTP. A gated request has a connection of its own, so that what was sent and what was not can be told apart; nothing is
/// repeated, and no redirect is followed.
/// </summary>
internal sealed partial class McpHttpSession : McpSession
{
    private const string SessionHeader = "Mcp-Session-Id", ProtocolHeader = "MCP-Protocol-Version", EventStreamType = "text/event-stream";
    private static readonly TimeSpan AsideDeadline = TimeSpan.FromSeconds(10), FarewellDeadline = TimeSpan.FromSeconds(2);

    private readonly Uri _url;
    private readonly IReadOnlyDictionary<string, string> _headers;
    private readonly HttpMessageInvoker _asides = new(GatedHttp.Handler(null));
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _beside = Task.CompletedTask;
    private string? _session;
    private long _lastId;

    private McpHttpSession(ConnectorSettings settings, IReadOnlyDictionary<string, string> headers, SecretRedactor redactor, TimeProvider time, ILogger logger)
        : base(settings, redactor.With(headers.Values.Select(CredentialOf)), time, logger) =>
        (_url, _headers) = (new Uri(settings.Url!), headers);

    public override Task Ended => _ended.Task;

    /// <exception cref="IOException">The server is not there, refuses us, does not speak the protocol, or does not answer in time. The message is safe to log.</exception>
    public static async Task<McpHttpSession> OpenAsync(ConnectorSettings settings, IReadOnlyDictionary<string, string> headers, SecretRedactor redactor, TimeProvider time,
        ILogger logger, CancellationToken cancellation)
    {
        using var probe = new HttpRequestMessage();
        foreach (var (name, value) in headers)
        {
            if (!probe.Headers.TryAddWithoutValidation(name, value)) throw new IOException($"'{name}' is not the name of a request header; repair the 'secrets' of this tool source.");
            if (value.AsSpan().ContainsAny('\r', '\n', '\0')) throw new IOException($"the value of secret '{name}' cannot stand in a header: it has more than one line.");
        }

        var session = new McpHttpSession(settings, headers, redactor, time, logger);
        try
        {
            await session.HandshakeAsync(cancellation).ConfigureAwait(false);
            session._beside = Task.WhenAll(Task.Run(session.ListenAsync, CancellationToken.None), Task.Run(session.LookAsync, CancellationToken.None));
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task<RpcEnd> RequestAsync(string method, Action<Utf8JsonWriter>? parameters, Func<bool>? beforeSend, CancellationToken giveUp)
    {
        if (_ended.Task.IsCompleted) return new RpcEnd.NotSent(NotSentBecause.Closed);
        var id = Interlocked.Increment(ref _lastId);
        var body = RpcLine.Request(id, method, parameters);
        RpcEnd end;
        if (beforeSend is null) end = await ExchangeAsync(_asides, null, id, body, giveUp).ConfigureAwait(false);
        else
        {
            var gate = new SendGate(beforeSend);
            using var own = new HttpMessageInvoker(GatedHttp.Handler(gate));
            end = await ExchangeAsync(own, gate, id, body, giveUp).ConfigureAwait(false);
        }

        // Its connection could not be made, our credentials do not hold any more, or it has forgotten us: a new session is needed.
        if (end is RpcEnd.NotSent { Because: NotSentBecause.Closed } or RpcEnd.Refused { Status: 401 or 404 }) End();
        if (end is RpcEnd.GaveUp) _ = PostAsync(RpcLine.Request(null, "notifications/cancelled", json => json.WriteNumber("requestId", id)));
        return end;
    }

    public override async ValueTask DisposeAsync()
    {
        // Of a session that ended otherwise calls may still be under way at the server: they are not taken from it.
        var stands = !_ended.Task.IsCompleted && _session is not null;
        End();
        await _beside.ConfigureAwait(false);
        if (stands) await FarewellAsync().ConfigureAwait(false);
        _asides.Dispose();
        _stop.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override Task NotifyAsync(string method) => PostAsync(RpcLine.Request(null, method, null));

    /// <summary>What stands behind the scheme of a header such as <c>Bearer …</c>: a server may tell it without the scheme.</summary>
    private static string? CredentialOf(string header) => header.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space && header.Length - space > 8 ? header[(space + 1)..] : null;

    private void End()
    {
        if (_ended.TrySetResult()) _stop.Cancel();
    }

    private async Task<RpcEnd> ExchangeAsync(HttpMessageInvoker sender, SendGate? gate, long id, byte[] body, CancellationToken giveUp)
    {
        try
        {
            using var request = Message(HttpMethod.Post, body);
            using var response = await sender.SendAsync(request, giveUp).ConfigureAwait(false);
            if (Protocol is null && response.Headers.TryGetValues(SessionHeader, out var given)) _session = given.First();
            return await AnswerAsync(response, id, giveUp).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            var gaveUp = giveUp.IsCancellationRequested;
            if (gate is { Opened: false }) return new RpcEnd.NotSent(gate.Refused ? NotSentBecause.Refused : gaveUp ? NotSentBecause.GaveUp : NotSentBecause.Closed);
            return gaveUp ? new RpcEnd.GaveUp() : new RpcEnd.Lost(LostBecause.Connection);
        }
    }

    private async Task<RpcEnd> AnswerAsync(HttpResponseMessage response, long id, CancellationToken giveUp)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        await using var stream = await response.Content.ReadAsStreamAsync(giveUp).ConfigureAwait(false);
        if (response.IsSuccessStatusCode && type == EventStreamType) return await FollowAsync(stream, id, giveUp).ConfigureAwait(false);
        var (whole, body) = type == "application/json" ? await ReadAsync(stream, giveUp).ConfigureAwait(false) : (true, []);
        if (whole && Find(body, id) is { } answer) return answer;
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode) return new RpcEnd.Lost(whole ? LostBecause.Malformed : LostBecause.Oversized);
        return IsRefusal(status) ? new RpcEnd.Refused(status) : new RpcEnd.Strange(status);
    }

    /// <summary>Statuses that say that the request was not carried out: no credentials, no such session, not allowed, not acceptable, too large, too many.</summary>
    private static bool IsRefusal(int status) => status is 401 or 403 or 404 or 405 or 406 or 411 or 413 or 414 or 415 or 421 or 426 or 429 or 431;

    private static async Task<(bool Whole, byte[] Body)> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while (body.Length <= JsonRpcPeer.MaxLineBytes && (read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0) body.Write(buffer, 0, read);
        return (body.Length <= JsonRpcPeer.MaxLineBytes, body.ToArray());
    }

    /// <summary>Something that nobody waits for: a notification, a reply. Its loss is the server's to bear.</summary>
    private async Task PostAsync(byte[] body)
    {
        try
        {
            using var limit = new CancellationTokenSource(AsideDeadline, Time);
            using var request = Message(HttpMethod.Post, body);
            using var response = await _asides.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            McpLog.Dropped(Logger, Settings.Name, "it does not take a notification or a reply");
        }
    }

    private async Task FarewellAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(FarewellDeadline, Time);
            using var request = Message(HttpMethod.Delete, null);
            using var response = await _asides.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException) { /* the server ends forgotten sessions by itself */ }
    }

    private HttpRequestMessage Message(HttpMethod method, byte[]? body, string? lastEvent = null)
    {
        var message = new HttpRequestMessage(method, _url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (body is not null) message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (body is not null) message.Headers.Accept.ParseAdd("application/json");
        message.Headers.Accept.ParseAdd(EventStreamType);
        if (_session is not null) message.Headers.TryAddWithoutValidation(SessionHeader, _session);
        if (Protocol is not null) message.Headers.TryAddWithoutValidation(ProtocolHeader, Protocol);
        if (lastEvent is not null) message.Headers.TryAddWithoutValidation("Last-Event-ID", lastEvent);
        foreach (var (name, value) in _headers) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }
}
