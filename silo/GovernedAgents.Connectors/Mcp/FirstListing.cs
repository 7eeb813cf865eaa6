using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Where nobody keeps what is accepted: what the connector finds first, for as long as it lives.</summary>
internal sealed class FirstListing : IToolAcceptance
{
    private IReadOnlyDictionary<string, string>? _first;

    public Task<IReadOnlyDictionary<string, string>> OfAsync(IReadOnlyDictionary<string, string> first, CancellationToken cancellation)
    {
        if (_first is null && first.Count > 0) _first = first;
        return Task.FromResult(_first ?? first);
    }
}
