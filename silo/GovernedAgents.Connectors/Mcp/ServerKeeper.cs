using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Keeps one server running: starts it, lists its tools, starts it again after a crash with a growing pause.</summary>
internal sealed class ServerKeeper(ConnectorSettings settings, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _secretsSeen = new(StringComparer.Ordinal);
    private readonly Lock _listing = new();
    private AcceptedTools? _accepted;
    private IReadOnlyList<ListedTool> _listed = [];
    private volatile ToolCatalogue _catalogue = ToolCatalogue.Empty;
    private volatile McpSession? _ready;
    private Task? _keeping;

    /// <summary>What is known; while the server is down, of its last life.</summary>
    public ToolCatalogue Catalogue => _catalogue;

    /// <summary>The server, while it runs and its tools are known.</summary>
    public McpSession? Ready => _ready;

    /// <returns>Ends with the first attempt, whether it succeeded or not.</returns>
    public Task Start()
    {
        _keeping ??= Task.Run(KeepAsync);
        return _firstAttempt.Task;
    }

    public async Task<bool> AcceptAsync(string tool, string hash)
    {
        await Task.Yield();
        lock (_listing)
        {
            if (_accepted is null || !_catalogue.IsQuarantined(tool) || _catalogue.Tools[tool].SchemaHash != hash) return false;
            _accepted.Accept([KeyValuePair.Create(tool[(settings.Name.Length + 1)..], hash)]);
            _catalogue = ToolCatalogue.Build(_listed, settings, _accepted, logger);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_keeping is { } keeping) await keeping.ConfigureAwait(false);
    }

    private async Task KeepAsync()
    {
        var pause = FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            var since = time.GetTimestamp();
            string reason;
            try { reason = await LiveAsync().ConfigureAwait(false); }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested) { break; }
            catch (Exception failure) { reason = new SecretRedactor(_secretsSeen).Redact(failure.Message); }
            if (_stop.IsCancellationRequested) break;

            // A server that crashes right after each start is not started ten times a second.
            if (time.GetElapsedTime(since) >= LongestPause) pause = FirstPause;
            // Whoever waited for the first attempt finds its reason in the log.
            McpLog.Down(logger, settings.Name, reason, pause);
            _firstAttempt.TrySetResult();
            try { await Task.Delay(pause, time, _stop.Token).ConfigureAwait(false); }
            catch (OperationCanceledException) { break; }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        _firstAttempt.TrySetResult();
    }

    /// <summary>From start to end of one process.</summary>
    private async Task<string> LiveAsync()
    {
        var secrets = await SecretFiles.ReadAsync(settings, _stop.Token).ConfigureAwait(false);
        _secretsSeen.UnionWith(secrets.Values);
        await using var session = await McpSession.OpenAsync(settings, secrets, new SecretRedactor(_secretsSeen), time, logger, _stop.Token).ConfigureAwait(false);
        try
        {
            Publish(await session.ListAsync(_stop.Token).ConfigureAwait(false));
            _ready = session;
            McpLog.Up(logger, settings.Name, _catalogue.Tools.Count, session.Protocol);
            _firstAttempt.TrySetResult();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var following = FollowListAsync(session, ended.Token);
            try { await session.Peer.Ended.WaitAsync(_stop.Token).ConfigureAwait(false); }
            finally
            {
                _ready = null;
                await ended.CancelAsync().ConfigureAwait(false);
                await following.ConfigureAwait(false);
            }
            return "it ended.";
        }
        finally
        {
            _ready = null;
        }
    }

    /// <summary>Until the new listing is known no call is sent: the server may already act by another schema.</summary>
    private async Task FollowListAsync(McpSession session, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await session.ListChangedAsync(ended).ConfigureAwait(false);
                _ready = null;
                var pause = FirstPause;
                while (true)
                {
                    try
                    {
                        Publish(await session.ListAsync(ended).ConfigureAwait(false));
                        break;
                    }
                    catch (Exception failure) when (!ended.IsCancellationRequested)
                    {
                        McpLog.RelistFailed(logger, settings.Name, session.Redactor.Redact(failure.Message));
                        await Task.Delay(pause, time, ended).ConfigureAwait(false);
                        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    }
                }
                if (!ended.IsCancellationRequested) _ready = session;
            }
        }
        catch (Exception) when (ended.IsCancellationRequested) { /* the session is over */ }
    }

    private void Publish(IReadOnlyList<ListedTool> listed)
    {
        lock (_listing)
        {
            if (_accepted is null)
            {
                _accepted = AcceptedTools.Load(settings.StatePath);
                if (_accepted.Unreadable is { } reason) McpLog.AcceptedUnreadable(logger, settings.Name, reason);
            }
            _listed = listed;
            _catalogue = ToolCatalogue.Build(listed, settings, _accepted, logger);
        }
    }
}
