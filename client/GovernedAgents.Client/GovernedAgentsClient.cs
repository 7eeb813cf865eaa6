using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>
/// The API in one person's name. Start a session and give its handle to the agent; review, freeze and audit through the properties.
/// Thread-safe; keep one for the life of the application.
/// </summary>
public sealed class GovernedAgentsClient
{
    private readonly ApiCaller _caller;

    /// <summary>Without dependency injection. <paramref name="http"/> stays the caller's; its own timeout should be infinite, since attempts have theirs.</summary>
    /// <exception cref="InvalidOperationException">The options name no usable server.</exception>
    public GovernedAgentsClient(HttpClient http, GovernedAgentsClientOptions options, TimeProvider? time = null)
        : this(() => http, options, time ?? TimeProvider.System)
    {
    }

    internal GovernedAgentsClient(Func<HttpClient> connect, GovernedAgentsClientOptions options, TimeProvider time)
    {
        _ = options.Address;
        _caller = new ApiCaller(new ApiTransport(connect, options, time), options.Token ?? (_ => ValueTask.FromResult<string?>(null)));
        Sessions = new SessionsClient(_caller);
        Calls = new CallsClient(_caller);
        Approvals = new ApprovalsClient(_caller);
        Environments = new EnvironmentsClient(_caller);
        Fleet = new FleetClient(_caller);
        Agents = new AgentsClient(_caller);
        Policies = new PoliciesClient(_caller);
        Audit = new AuditClient(_caller);
    }

    public SessionsClient Sessions { get; }
    public CallsClient Calls { get; }
    public ApprovalsClient Approvals { get; }
    public EnvironmentsClient Environments { get; }
    public FleetClient Fleet { get; }
    public AgentsClient Agents { get; }
    public PoliciesClient Policies { get; }
    public AuditClient Audit { get; }

    /// <summary>Starts a session of an agent on behalf of the signed-in person (role <c>developer</c>).</summary>
    /// <exception cref="GovernedAgentsException">422 <c>unknown-agent</c>, 403 <c>forbidden</c>, 401, <c>unavailable</c>, <c>unreachable</c>.</exception>
    public Task<AgentSession> StartSessionAsync(StartSessionOptions options, CancellationToken cancellation = default) => SessionStart.SendAsync(_caller, options, null, cancellation);

    /// <summary>A handle on a running session from its id and token (see <see cref="AgentSession.ExportTokenAsync"/>). Asks the server nothing.</summary>
    public AgentSession ResumeSession(string id, string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        return new AgentSession(_caller.Transport, id, token);
    }
}
