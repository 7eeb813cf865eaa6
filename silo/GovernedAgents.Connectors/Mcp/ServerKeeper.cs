using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Keeps one server there: starts or connects it, lists its tools, and after its end does so again with a growing pause.</summary>
internal sealed class ServerKeeper(ConnectorSettings settings, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _secretsSeen = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _listing = new(1, 1);
    private readonly IToolAcceptance _acceptance = settings.Acceptance ?? new FirstListing();
    private IReadOnlyList<ListedTool>? _listed;
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

    /// <summary>Builds the catalogue anew, with what is accepted now.</summary>
    public async Task AskAgainAsync()
    {
        await _listing.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            if (_listed is { } listed) _catalogue = await BuildAsync(listed).ConfigureAwait(false);
        }
        finally
        {
            _listing.Release();
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

    private async Task<McpSession> OpenAsync(IReadOnlyDictionary<string, string> secrets, SecretRedactor redactor) => settings.Transport == McpConnectorFactory.Http
        ? await McpHttpSession.OpenAsync(settings, secrets, redactor, time, logger, _stop.Token).ConfigureAwait(false)
        : await McpStdioSession.OpenAsync(settings, secrets, redactor, time, logger, _stop.Token).ConfigureAwait(false);

    /// <summary>From start to end of one process, or of one session of a remote server.</summary>
    private async Task<string> LiveAsync()
    {
        var secrets = await SecretFiles.ReadAsync(settings, _stop.Token).ConfigureAwait(false);
        _secretsSeen.UnionWith(secrets.Values);
        await using var session = await OpenAsync(secrets, new SecretRedactor(_secretsSeen)).ConfigureAwait(false);
        try
        {
            await PublishAsync(await session.ListAsync(_stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
            _ready = session;
            McpLog.Up(logger, settings.Name, _catalogue.Tools.Count, session.Protocol!);
            _firstAttempt.TrySetResult();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var following = FollowListAsync(session, ended.Token);
            try { await session.Ended.WaitAsync(_stop.Token).ConfigureAwait(false); }
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
                        await PublishAsync(await session.ListAsync(ended).ConfigureAwait(false)).ConfigureAwait(false);
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

    private async Task PublishAsync(IReadOnlyList<ListedTool> listed)
    {
        await _listing.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            _catalogue = await BuildAsync(listed).ConfigureAwait(false);
            _listed = listed;
        }
        finally
        {
            _listing.Release();
        }
    }

    private async Task<ToolCatalogue> BuildAsync(IReadOnlyList<ListedTool> listed)
    {
        var tools = ToolCatalogue.Describe(listed, settings, logger);
        var hashes = tools.Where(tool => tool.Value.SchemaHash.Length > 0).ToDictionary(tool => tool.Key, tool => tool.Value.SchemaHash, StringComparer.Ordinal);
        return ToolCatalogue.Build(tools, settings, await _acceptance.OfAsync(hashes, _stop.Token).ConfigureAwait(false), logger);
    }
}
