using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>A registered agent.</summary>
public sealed record AgentInfo
{
    public required string Name { get; init; }
    public string? Owner { get; init; }
    public AutonomyTier TierCeiling { get; init; }
    public IReadOnlyList<string> Environments { get; init; } = [];
    public bool Killed { get; init; }
    public string? KilledReason { get; init; }
}

/// <summary>Agents and their end. Operators only.</summary>
public sealed class AgentsClient
{
    private readonly ApiCaller _caller;

    internal AgentsClient(ApiCaller caller) => _caller = caller;

    public Task<Page<AgentInfo>> ListAsync(PageOptions page = default, CancellationToken cancellation = default) => _caller.ListAsync<AgentInfo>("v1/agents", page, cancellation);

    /// <summary>Denies the agent's calls and ends its sessions. Answered when every live silo has acknowledged.</summary>
    public Task<AgentInfo> KillAsync(string name, string reason, CancellationToken cancellation = default) =>
        _caller.PostAsync<AgentInfo>($"v1/agents/{ApiRequest.Segment(name)}/kill", new ReasonBody(reason), cancellation, Repeat.Safe);

    /// <summary>Lets the agent start sessions again; its ended sessions stay ended.</summary>
    public Task<AgentInfo> ReviveAsync(string name, string? reason = null, CancellationToken cancellation = default) =>
        _caller.PostAsync<AgentInfo>($"v1/agents/{ApiRequest.Segment(name)}/revive", new ReasonBody(reason), cancellation);
}
