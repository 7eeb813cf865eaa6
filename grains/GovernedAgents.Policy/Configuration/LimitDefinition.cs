using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Whose starts a limit counts together. A fleet-wide scope needs limits over the whole cluster and is refused by the reader.</summary>
public enum LimitScope
{
    [System.Text.Json.Serialization.JsonStringEnumMemberName("session")] Session,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("agent")] Agent,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("principal")] Principal,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("tool")] Tool,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("environment")] Environment,
}

/// <summary>In any time t at most burst + rate·t starts of the calls that match, per scope, within one environment.</summary>
public sealed record LimitDefinition
{
    public required string Id { get; init; }
    public required LimitScope Per { get; init; }
    public MatchDefinition Match { get; init; } = new();
    public required Rate Rate { get; init; }
    /// <summary>1 to 1,000,000.</summary>
    public required int Burst { get; init; }

    internal JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["per"] = DefinitionJson.Name(Per),
        ["match"] = Match.ToJson(),
        ["rate"] = Rate.ToString(),
        ["burst"] = Burst,
    };
}
