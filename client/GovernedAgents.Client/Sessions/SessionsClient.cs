using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Sessions as people see and govern them: their own, or all for operators and auditors.</summary>
public sealed class SessionsClient
{
    private readonly ApiCaller _caller;

    internal SessionsClient(ApiCaller caller) => _caller = caller;

    public Task<Page<SessionInfo>> ListAsync(PageOptions page = default, CancellationToken cancellation = default) => _caller.ListAsync<SessionInfo>("v1/sessions", page, cancellation);

    /// <exception cref="GovernedAgentsException"><c>not-found</c>, also for what one may not see.</exception>
    public Task<SessionInfo> GetAsync(string id, CancellationToken cancellation = default) => _caller.GetAsync<SessionInfo>(Path(id), cancellation);

    public Task<SessionInfo> EndAsync(string id, string? reason = null, CancellationToken cancellation = default) => ChangeAsync(id, "end", reason, cancellation);

    public Task<SessionInfo> PauseAsync(string id, string? reason = null, CancellationToken cancellation = default) => ChangeAsync(id, "pause", reason, cancellation);

    /// <summary>After a quarantine: operators only.</summary>
    public Task<SessionInfo> ResumeAsync(string id, string? reason = null, CancellationToken cancellation = default) => ChangeAsync(id, "resume", reason, cancellation);

    /// <summary>Stops the session and voids what it holds.</summary>
    public Task<SessionInfo> QuarantineAsync(string id, string reason, CancellationToken cancellation = default) => ChangeAsync(id, "quarantine", reason, cancellation);

    /// <summary>Raising a tier: operators only.</summary>
    public Task<SessionInfo> SetTierAsync(string id, AutonomyTier tier, string reason, CancellationToken cancellation = default) =>
        _caller.PostAsync<SessionInfo>(Path(id) + "/tier", new TierBody(tier, reason), cancellation);

    private Task<SessionInfo> ChangeAsync(string id, string verb, string? reason, CancellationToken cancellation) =>
        _caller.PostAsync<SessionInfo>($"{Path(id)}/{verb}", new ReasonBody(reason), cancellation);

    private static string Path(string id) => "v1/sessions/" + ApiRequest.Segment(id);

    private sealed record TierBody(AutonomyTier Tier, string Reason);
}
