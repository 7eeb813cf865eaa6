using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>One life of the server: its process, the connection, the handshake, the listing.</summary>
internal sealed class McpSession : IAsyncDisposable
{
    private const string OurProtocol = "2025-06-18";
    private const int MaxTools = 10_000;
    private const int MaxLogBytes = 16 * 1024, MaxLogChars = 2_000;
    private static readonly string[] Protocols = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(2);

    private readonly ServerProcess _process;
    private readonly ConnectorSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _reading, _draining, _watching;
    private readonly SemaphoreSlim _listChanged = new(0);

    private McpSession(ServerProcess process, SecretRedactor redactor, ConnectorSettings settings, TimeProvider time, ILogger logger)
    {
        (_process, Redactor, _settings, _time, _logger) = (process, redactor, settings, time, logger);
        Peer = new(process.Input, process.Output, process.Kill, settings.Name, time, logger)
        {
            Notified = method => { if (method == "notifications/tools/list_changed") _listChanged.Release(); },
        };
        _reading = Task.Run(Peer.ReadAsync);
        _draining = Task.Run(DrainAsync);
        _watching = WatchAsync();
    }

    public JsonRpcPeer Peer { get; }

    public SecretRedactor Redactor { get; }

    public string Protocol { get; private set; } = OurProtocol;

    /// <exception cref="IOException">The server does not start, speak the protocol, or answer in time. The message is safe to log.</exception>
    public static async Task<McpSession> OpenAsync(ConnectorSettings settings, IReadOnlyDictionary<string, string> secrets, SecretRedactor redactor, TimeProvider time,
        ILogger logger, CancellationToken cancellation)
    {
        var session = new McpSession(ServerProcess.Start(settings, secrets), redactor, settings, time, logger);
        try
        {
            await session.HandshakeAsync(cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the server says that its tools changed; several announcements are one.</summary>
    public async Task ListChangedAsync(CancellationToken cancellation)
    {
        await _listChanged.WaitAsync(cancellation).ConfigureAwait(false);
        while (_listChanged.Wait(0, CancellationToken.None)) { }
    }

    /// <exception cref="IOException">No listing, or none that ends.</exception>
    public async Task<IReadOnlyList<ListedTool>> ListAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(HandshakeDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var tools = new List<ListedTool>();
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var at = cursor;
            var page = await AskAsync("tools/list", at is null ? null : json => json.WriteString("cursor", at), either.Token).ConfigureAwait(false);
            if (!page.TryGetProperty("tools", out var listed) || listed.ValueKind != JsonValueKind.Array) throw new IOException("it answered tools/list without an array of tools.");
            foreach (var entry in listed.EnumerateArray())
            {
                if (ListedTool.Of(entry, Redactor) is { } tool) tools.Add(tool);
                else McpLog.BadToolName(_logger, _settings.Name);
            }
            cursor = page.TryGetProperty("nextCursor", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
            if (tools.Count > MaxTools || (cursor is not null && !cursors.Add(cursor))) throw new IOException($"its tools/list repeats a cursor or holds over {MaxTools} tools.");
        }
        while (cursor is not null);
        return tools;
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Close(LostBecause.Connection);
        _process.Kill();
        try { await Task.WhenAll(_reading, _draining, _watching).WaitAsync(DrainDeadline).ConfigureAwait(false); }
        catch (TimeoutException) { /* something outside the tree holds the pipes; they go with the handles */ }
        _process.Dispose();
        _listChanged.Dispose();
    }

    private async Task HandshakeAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(HandshakeDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var answer = await AskAsync("initialize", json =>
        {
            json.WriteString("protocolVersion", OurProtocol);
            json.WriteStartObject("capabilities");
            json.WriteEndObject();
            json.WriteStartObject("clientInfo");
            json.WriteString("name", "governed-agents");
            json.WriteString("version", typeof(McpSession).Assembly.GetName().Version?.ToString(3) ?? "0");
            json.WriteEndObject();
        }, either.Token).ConfigureAwait(false);
        var version = answer.TryGetProperty("protocolVersion", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "";
        if (!Protocols.Contains(version, StringComparer.Ordinal))
            throw new IOException($"it speaks protocol '{Redactor.Redact(version)}'; served are {string.Join(", ", Protocols)}.");
        Protocol = version;
        Peer.Strict = true;
        await Peer.NotifyAsync("notifications/initialized").ConfigureAwait(false);
    }

    private async Task<JsonElement> AskAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken giveUp)
    {
        var end = await Peer.RequestAsync(method, parameters, null, giveUp).ConfigureAwait(false);
        if (end is not RpcEnd.Answered { Message: var message })
            throw new IOException(end is RpcEnd.Lost or RpcEnd.NotSent { Because: NotSentBecause.Closed } ? $"it ended during {method}." : $"it did not answer {method} in time.");
        if (message.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object) return result;
        var error = message.TryGetProperty("error", out var refused) ? Redactor.Redact(refused.GetRawText()) : "no result";
        throw new IOException($"it refused {method}: {(error.Length > 300 ? error[..300] : error)}");
    }

    private async Task DrainAsync()
    {
        var lines = new BoundedLines(_process.Error, MaxLogBytes);
        try
        {
            while (true)
            {
                var (end, line) = await lines.ReadAsync().ConfigureAwait(false);
                if (end == LineEnd.EndOfStream) return;
                if (!_logger.IsEnabled(LogLevel.Debug)) continue;
                var text = Redactor.Redact(Encoding.UTF8.GetString(line.Span));
                McpLog.StandardError(_logger, _settings.Name, text.Length > MaxLogChars ? text[..MaxLogChars] : text);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException) { }
    }

    /// <summary>A child of the server may hold its output open: the end of the process ends the connection, after what is in the pipe was read.</summary>
    private async Task WatchAsync()
    {
        await _process.ExitedAsync().ConfigureAwait(false);
        await Task.WhenAny(_reading, Task.Delay(DrainDeadline, _time)).ConfigureAwait(false);
        Peer.Close(LostBecause.Connection);
    }
}
