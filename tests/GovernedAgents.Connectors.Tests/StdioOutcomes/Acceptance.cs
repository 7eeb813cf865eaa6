using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Tests.StdioOutcomes;

/// <summary>What is accepted, in the test's hands; it outlives connectors.</summary>
internal sealed class Acceptance : IToolAcceptance
{
    private readonly Dictionary<string, string> _accepted = new(StringComparer.Ordinal);

    /// <summary>Nobody can say now.</summary>
    public bool Unavailable { get; set; }

    public Task<IReadOnlyDictionary<string, string>> OfAsync(IReadOnlyDictionary<string, string> first, CancellationToken cancellation)
    {
        if (Unavailable) throw new IOException("the journal does not answer");
        lock (_accepted)
        {
            if (_accepted.Count == 0) foreach (var (tool, hash) in first) _accepted[tool] = hash;
            return Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(_accepted));
        }
    }

    public void Accept(string tool, string hash)
    {
        lock (_accepted) _accepted[tool] = hash;
    }
}
