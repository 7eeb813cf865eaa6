namespace GovernedAgents.Contracts;

/// <summary>The tools of this silo's connectors, by environment. Answers from memory.</summary>
public interface IToolRegistry
{
    /// <summary>Every tool of the environment by name, those held back included (<see cref="ToolDescription.HeldBack"/>); empty for an unknown environment.</summary>
    IReadOnlyList<ToolDescription> ToolsOf(string environment);

    /// <summary>
    /// An operator accepts the schema of a quarantined tool, by the hash that he looked at. Null when accepted, also when it already was. Refusals: <c>unknown-environment</c>,
    /// <c>unknown-tool</c>, <c>conflict</c> (the tool has another hash by now, or is held back for a reason that nobody can accept).
    /// </summary>
    Task<Refusal?> AcceptAsync(string environment, string tool, string schemaHash, string by);
}

/// <summary>A connector that holds new or changed tools of its upstream back until an operator accepts their schema hash.</summary>
public interface IToolQuarantine
{
    /// <summary>Whether the tool is held back for exactly this hash, so that accepting it lets it go.</summary>
    bool Holds(string toolName, string schemaHash);

    /// <summary>Something was accepted, here or at another silo: asks its <see cref="IToolAcceptance"/> again.</summary>
    Task AskAgainAsync();
}

/// <summary>Which schema hashes of one tool source somebody stands by; the same for all silos.</summary>
public interface IToolAcceptance
{
    /// <summary>Accepted hashes by tool, without prefix. When nothing of this source was ever accepted, <paramref name="first"/> becomes it.</summary>
    Task<IReadOnlyDictionary<string, string>> OfAsync(IReadOnlyDictionary<string, string> first, CancellationToken cancellation);
}
