using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Policies: read by anybody with a role, checked and proposed by operators.</summary>
public sealed class PoliciesClient
{
    private readonly ApiCaller _caller;

    internal PoliciesClient(ApiCaller caller) => _caller = caller;

    public Task<Page<PolicyInfo>> ListAsync(PageOptions page = default, CancellationToken cancellation = default) => _caller.ListAsync<PolicyInfo>("v1/policies", page, cancellation);

    public Task<PolicyInfo> GetAsync(string name, CancellationToken cancellation = default) => _caller.GetAsync<PolicyInfo>(Path(name), cancellation);

    /// <summary>Every problem of a YAML source.</summary>
    public Task<PolicyValidation> ValidateAsync(string source, CancellationToken cancellation = default) =>
        _caller.PostAsync<PolicyValidation>("v1/policies/validate", new SourceBody(source), cancellation, Repeat.Safe);

    /// <summary>Holds a source against the calls that the journal has of the environments of the policy.</summary>
    /// <exception cref="GovernedAgentsException">422 <c>invalid-policy</c>.</exception>
    public Task<PolicySimulationInfo> SimulateAsync(string source, CancellationToken cancellation = default) =>
        _caller.PostAsync<PolicySimulationInfo>("v1/policies/simulate", new SourceBody(source), cancellation, Repeat.Safe);

    /// <summary>Puts a source up for review by the quorum of the version in force. The same source again gives the review that is pending.</summary>
    /// <exception cref="GovernedAgentsException">422 <c>invalid-policy</c>, 404, 409 <c>conflict</c>: it is in force already, or nobody could review it.</exception>
    public Task<ProposedPolicy> ProposeAsync(string name, string source, CancellationToken cancellation = default) =>
        _caller.PostAsync<ProposedPolicy>(Path(name) + "/versions", new SourceBody(source), cancellation);

    private static string Path(string name) => "v1/policies/" + ApiRequest.Segment(name);

    private sealed record SourceBody(string Source);
}
