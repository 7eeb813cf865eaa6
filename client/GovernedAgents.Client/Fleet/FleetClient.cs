using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>The control state of all silos.</summary>
public sealed record FleetInfo
{
    public bool Halted { get; init; }
    public string? Reason { get; init; }
    public string? By { get; init; }
    public DateTimeOffset? Since { get; init; }
    public long Epoch { get; init; }
    public IReadOnlyList<string> KilledAgents { get; init; } = [];
    public IReadOnlyList<string> Silos { get; init; } = [];
    public int Incarnation { get; init; }
}

/// <summary>The halt of everything. Operators only.</summary>
public sealed class FleetClient
{
    private readonly ApiCaller _caller;

    internal FleetClient(ApiCaller caller) => _caller = caller;

    public Task<FleetInfo> GetAsync(CancellationToken cancellation = default) => _caller.GetAsync<FleetInfo>("v1/fleet", cancellation);

    /// <summary>Answered when every live silo has acknowledged: from then on no effect starts, reads included.</summary>
    public Task<FleetInfo> HaltAsync(string reason, CancellationToken cancellation = default) => _caller.PostAsync<FleetInfo>("v1/fleet/halt", new ReasonBody(reason), cancellation, Repeat.Safe);

    public Task<FleetInfo> ResumeAsync(string reason, CancellationToken cancellation = default) => _caller.PostAsync<FleetInfo>("v1/fleet/resume", new ReasonBody(reason), cancellation);
}
