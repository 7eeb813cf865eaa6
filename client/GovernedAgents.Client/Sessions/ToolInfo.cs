using System.Text.Json;

namespace GovernedAgents.Client;

/// <summary>A tool of an environment.</summary>
public sealed record ToolInfo
{
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public JsonElement InputSchema { get; init; }
    public string? SchemaHash { get; init; }
    /// <summary>Null when it depends on the arguments.</summary>
    public EffectClass? Effect { get; init; }
    public string? Connector { get; init; }
}
