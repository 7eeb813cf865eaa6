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
    Task<Refusal?> AcceptAsync(string environment, string tool, string schemaHash);
}

/// <summary>A connector that holds new or changed tools of its upstream back until an operator accepts their schema hash.</summary>
public interface IToolQuarantine
{
    /// <returns>False when the tool is not held back with exactly this hash.</returns>
    Task<bool> AcceptAsync(string toolName, string schemaHash);
}
