using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>One life of a server that is our child: its process and the pipes to it.</summary>
internal sealed class McpStdioSession : McpSession
{
    private const int MaxLogBytes = 16 * 1024, MaxLogChars = 2_000;
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(2);

    private readonly ServerProcess _process;
    private readonly Task _reading, _draining, _watching;
    private readonly JsonRpcPeer _peer;

    private McpStdioSession(ServerProcess process, SecretRedactor redactor, ConnectorSettings settings, TimeProvider time, ILogger logger) : base(settings, redactor, time, logger)
    {
        _process = process;
        _peer = new(process.Input, process.Output, process.Kill, settings.Name, time, logger)
        {
            Notified = method => { if (method == "notifications/tools/list_changed") NoteListChanged(); },
        };
        _reading = Task.Run(_peer.ReadAsync);
        _draining = Task.Run(DrainAsync);
        _watching = WatchAsync();
    }

    public override Task Ended => _peer.Ended;

    /// <exception cref="IOException">The server does not start, speak the protocol, or answer in time. The message is safe to log.</exception>
    public static async Task<McpStdioSession> OpenAsync(ConnectorSettings settings, IReadOnlyDictionary<string, string> secrets, SecretRedactor redactor, TimeProvider time,
        ILogger logger, CancellationToken cancellation)
    {
        var session = new McpStdioSession(ServerProcess.Start(settings, secrets), redactor, settings, time, logger);
        try
        {
            await session.HandshakeAsync(cancellation).ConfigureAwait(false);
            session._peer.Strict = true;
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override Task<RpcEnd> RequestAsync(string method, Action<Utf8JsonWriter>? parameters, Func<bool>? beforeSend, CancellationToken giveUp) =>
        _peer.RequestAsync(method, parameters, beforeSend, giveUp);

    public override async ValueTask DisposeAsync()
    {
        _peer.Close(LostBecause.Connection);
        _process.Kill();
        try { await Task.WhenAll(_reading, _draining, _watching).WaitAsync(DrainDeadline).ConfigureAwait(false); }
        catch (TimeoutException) { /* something outside the tree holds the pipes; they go with the handles */ }
        _process.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override Task NotifyAsync(string method) => _peer.NotifyAsync(method);

    private async Task DrainAsync()
    {
        var lines = new BoundedLines(_process.Error, MaxLogBytes);
        try
        {
            while (true)
            {
                var (end, line) = await lines.ReadAsync().ConfigureAwait(false);
                if (end == LineEnd.EndOfStream) return;
                if (!Logger.IsEnabled(LogLevel.Debug)) continue;
                var text = Redactor.Redact(Encoding.UTF8.GetString(line.Span));
                McpLog.StandardError(Logger, Settings.Name, text.Length > MaxLogChars ? text[..MaxLogChars] : text);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException) { }
    }

    /// <summary>A child of the server may hold its output open: the end of the process ends the connection, after what is in the pipe was read.</summary>
    private async Task WatchAsync()
    {
        await _process.ExitedAsync().ConfigureAwait(false);
        await Task.WhenAny(_reading, Task.Delay(DrainDeadline, Time)).ConfigureAwait(false);
        _peer.Close(LostBecause.Connection);
    }
}
