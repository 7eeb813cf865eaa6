using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Environments and their freezes.</summary>
public sealed class EnvironmentsClient
{
    private readonly ApiCaller _caller;

    internal EnvironmentsClient(ApiCaller caller) => _caller = caller;

    public Task<Page<EnvironmentInfo>> ListAsync(PageOptions page = default, CancellationToken cancellation = default) => _caller.ListAsync<EnvironmentInfo>("v1/environments", page, cancellation);

    public Task<EnvironmentInfo> GetAsync(string name, CancellationToken cancellation = default) => _caller.GetAsync<EnvironmentInfo>(Path(name), cancellation);

    /// <summary>Stops what is in <paramref name="blocks"/> (null: mutate, privilege, destroy). Durable when answered. Operators only.</summary>
    public Task<EnvironmentInfo> FreezeAsync(string name, string reason, IReadOnlyList<EffectClass>? blocks = null, CancellationToken cancellation = default) =>
        _caller.PostAsync<EnvironmentInfo>(Path(name) + "/freeze", new FreezeBody(reason, blocks), cancellation);

    /// <summary>Lifts every operator freeze.</summary>
    public Task<EnvironmentInfo> UnfreezeAsync(string name, string reason, CancellationToken cancellation = default) =>
        _caller.PostAsync<EnvironmentInfo>(Path(name) + "/unfreeze", new ReasonBody(reason), cancellation);

    private static string Path(string name) => "v1/environments/" + ApiRequest.Segment(name);

    private sealed record FreezeBody(string Reason, IReadOnlyList<EffectClass>? Blocks);
}
