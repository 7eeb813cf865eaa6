using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>
/// A running session: the only thing an agent needs to act. It holds the session's token, renews it, and never shows it unless asked
/// (<see cref="ExportTokenAsync"/>). Safe for concurrent use.
/// </summary>
public sealed class AgentSession : IDisposable
{
    private readonly SessionCredential _credential;
    private readonly ApiCaller _caller;

    internal AgentSession(ApiTransport transport, SessionInfo started, string token) : this(transport, started.Id, token) => Started = started;

    internal AgentSession(ApiTransport transport, string id, string token)
    {
        Id = id;
        _credential = new SessionCredential(transport, id, token);
        _caller = new ApiCaller(transport, _credential.TokenAsync);
    }

    public string Id { get; }

    /// <summary>As it was at its start; null on a resumed handle. <see cref="ReadAsync"/> gives the present.</summary>
    public SessionInfo? Started { get; }

    /// <summary>Submits one call and waits for its end up to <see cref="CallRequest.Wait"/>.</summary>
    /// <remarks>
    /// Every attempt carries the same key and bytes, so a repeat can never have a second effect. Cancelling ends the waiting, not the call;
    /// with <see cref="CallRequest.WithdrawOnCancellation"/> a call that has not started is withdrawn as well.
    /// </remarks>
    /// <exception cref="ArgumentException">The request cannot be sent as it is.</exception>
    /// <exception cref="GovernedAgentsException">
    /// 400, 401, 404 (<c>unknown-environment</c>, <c>unknown-tool</c>), 409 (<c>idempotency-key-reused</c>), 413, 422 (<c>invalid-arguments</c>);
    /// <c>unavailable</c> or <c>unreachable</c> when every attempt failed: then repeat with its <see cref="GovernedAgentsException.IdempotencyKey"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was signalled.</exception>
    public Task<CallResult> CallAsync(CallRequest request, CancellationToken cancellation = default) => CallSubmission.SendAsync(_caller, request, cancellation);

    /// <summary>A handle on a call submitted earlier, e.g. before a restart.</summary>
    public PendingCall ResumeCall(string callId) => new(_caller.Transport, _caller.Token, callId);

    /// <summary>The tools of an environment.</summary>
    /// <exception cref="GovernedAgentsException"><c>unknown-environment</c>.</exception>
    public async Task<IReadOnlyList<ToolInfo>> ToolsAsync(string environment, CancellationToken cancellation = default)
    {
        var tools = new List<ToolInfo>();
        string? cursor = null;
        do
        {
            var page = await _caller.ListAsync<ToolInfo>("v1/tools", new PageOptions(200, cursor), cancellation, ("environment", environment));
            tools.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return tools;
    }

    /// <summary>Starts a session below this one; it never gets a higher tier or a later end.</summary>
    /// <exception cref="GovernedAgentsException">422 <c>unknown-agent</c>, 403, 401.</exception>
    public Task<AgentSession> StartChildAsync(StartSessionOptions options, CancellationToken cancellation = default) => SessionStart.SendAsync(_caller, options, Id, cancellation);

    public Task<SessionInfo> ReadAsync(CancellationToken cancellation = default) => _caller.GetAsync<SessionInfo>($"v1/sessions/{ApiRequest.Segment(Id)}", cancellation);

    /// <summary>Ends the session: what it holds in review is voided, new calls are refused.</summary>
    public Task<SessionInfo> EndAsync(string? reason = null, CancellationToken cancellation = default) =>
        _caller.PostAsync<SessionInfo>($"v1/sessions/{ApiRequest.Segment(Id)}/end", new ReasonBody(reason), cancellation, Repeat.Safe);

    /// <summary>The token as it is now, for <see cref="GovernedAgentsClient.ResumeSession"/> in another process. Whoever has it acts as this session.</summary>
    public async ValueTask<string> ExportTokenAsync(CancellationToken cancellation = default) => (await _credential.TokenAsync(cancellation))!;

    /// <summary>Forgets the token; the session itself goes on.</summary>
    public void Dispose() => _credential.Dispose();
}
