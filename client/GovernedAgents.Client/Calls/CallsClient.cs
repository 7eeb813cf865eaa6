using System.Text.Json;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Which calls to list; null members do not restrict.</summary>
public sealed record CallFilter
{
    public string? Environment { get; init; }
    public string? Session { get; init; }
    public CallState? State { get; init; }
}

/// <summary>Calls as people see them.</summary>
public sealed class CallsClient
{
    private readonly ApiCaller _caller;

    internal CallsClient(ApiCaller caller) => _caller = caller;

    public Task<Page<CallInfo>> ListAsync(CallFilter? filter = null, PageOptions page = default, CancellationToken cancellation = default) =>
        _caller.ListAsync<CallInfo>("v1/calls", page, cancellation,
            ("environment", filter?.Environment), ("session", filter?.Session), ("state", filter?.State is { } state ? WireJson.Word(state) : null));

    /// <exception cref="GovernedAgentsException"><c>not-found</c>, also for what one may not see.</exception>
    public Task<CallInfo> GetAsync(string id, CancellationToken cancellation = default) => _caller.GetAsync<CallInfo>(Path(id), cancellation);

    /// <summary>A handle to wait on.</summary>
    public PendingCall Resume(string id) => new(_caller.Transport, _caller.Token, id);

    /// <summary>Withdraws a call that has not started.</summary>
    /// <exception cref="GovernedAgentsException">409 <c>already-started</c>.</exception>
    public Task<CallInfo> CancelAsync(string id, CancellationToken cancellation = default) => Resume(id).CancelAsync(cancellation);

    /// <summary>Settles an unknown outcome after looking at the world. Operators only.</summary>
    /// <exception cref="GovernedAgentsException">409 when the outcome is not unknown.</exception>
    public Task<CallInfo> ResolveAsync(string id, bool succeeded, string note, CancellationToken cancellation = default) =>
        _caller.PostAsync<CallInfo>(Path(id) + "/resolve", new ResolveBody(succeeded ? "succeeded" : "failed", note), cancellation);

    /// <summary>The call's records with inclusion proof and the silo's signature, as the server wrote them.</summary>
    public async Task<JsonElement> ReceiptAsync(string id, CancellationToken cancellation = default) =>
        (await _caller.GetAsync<JsonDocument>(Path(id) + "/receipt", cancellation)).RootElement;

    private static string Path(string id) => "v1/calls/" + ApiRequest.Segment(id);

    private sealed record ResolveBody(string Outcome, string Note);
}
