using System.Text.Json;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>One life of a connection to the server: the handshake, the listing, requests. What carries the messages is the derived class's.</summary>
internal abstract class McpSession(ConnectorSettings settings, SecretRedactor redactor, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string OurProtocol = "2025-06-18";
    private const int MaxTools = 10_000;
    private static readonly string[] Protocols = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _listChanged = new(0);

    public SecretRedactor Redactor => redactor;

    /// <summary>The one that was agreed; null before.</summary>
    public string? Protocol { get; private set; }

    /// <summary>Completes when the server is gone, or has forgotten us.</summary>
    public abstract Task Ended { get; }

    /// <summary>What the server last listed, as one text to compare; null before.</summary>
    protected string? Listing { get; private set; }

    protected ConnectorSettings Settings => settings;
    protected TimeProvider Time => time;
    protected ILogger Logger => logger;

    /// <param name="beforeSend">Called immediately before the first byte leaves; when it says no, none does.</param>
    /// <param name="giveUp">Stops waiting and tells the server.</param>
    /// <exception cref="InvalidOperationException">The parameters are no well-formed JSON text; nothing was sent. Also <see cref="ArgumentException"/>.</exception>
    public abstract Task<RpcEnd> RequestAsync(string method, Action<Utf8JsonWriter>? parameters, Func<bool>? beforeSend, CancellationToken giveUp);

    /// <summary>Waits until the server says that its tools changed; several announcements are one.</summary>
    public async Task ListChangedAsync(CancellationToken cancellation)
    {
        await _listChanged.WaitAsync(cancellation).ConfigureAwait(false);
        while (_listChanged.Wait(0, CancellationToken.None)) { }
    }

    /// <exception cref="IOException">No listing, or none that ends.</exception>
    public async Task<IReadOnlyList<ListedTool>> ListAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(HandshakeDeadline, time);
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
                else McpLog.BadToolName(logger, settings.Name);
            }
            cursor = page.TryGetProperty("nextCursor", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
            if (tools.Count > MaxTools || (cursor is not null && !cursors.Add(cursor))) throw new IOException($"its tools/list repeats a cursor or holds over {MaxTools} tools.");
        }
        while (cursor is not null);
        Listing = string.Join('\n', tools.Select(tool => $"{tool with { InputSchema = null }} {tool.InputSchema}"));
        return tools;
    }

    public virtual ValueTask DisposeAsync()
    {
        _listChanged.Dispose();
        return ValueTask.CompletedTask;
    }

    protected void NoteListChanged() => _listChanged.Release();

    protected abstract Task NotifyAsync(string method);

    protected async Task HandshakeAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(HandshakeDeadline, time);
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
        await NotifyAsync("notifications/initialized").ConfigureAwait(false);
    }

    private async Task<JsonElement> AskAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken giveUp)
    {
        var end = await RequestAsync(method, parameters, null, giveUp).ConfigureAwait(false);
        if (end is not RpcEnd.Answered { Message: var message })
        {
            throw new IOException(end switch
            {
                RpcEnd.Refused { Status: var status } => $"it refused {method} with HTTP {status}.",
                RpcEnd.Strange { Status: var status } => $"it answered {method} with HTTP {status}.",
                RpcEnd.Lost or RpcEnd.NotSent { Because: NotSentBecause.Closed } => $"it ended during {method}.",
                _ => $"it did not answer {method} in time.",
            });
        }

        if (message.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object) return result;
        var error = message.TryGetProperty("error", out var refused) ? Redactor.Redact(refused.GetRawText()) : "no result";
        throw new IOException($"it refused {method}: {(error.Length > 300 ? error[..300] : error)}");
    }
}
