using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Whose starts a limit counts together.</summary>
public enum LimitScope
{
    /// <summary>One session in one environment.</summary>
    [JsonStringEnumMemberName("session")] Session,
    /// <summary>One agent in all environments of the policy.</summary>
    [JsonStringEnumMemberName("agent")] Agent,
    /// <summary>One starter in all environments of the policy.</summary>
    [JsonStringEnumMemberName("principal")] Principal,
    /// <summary>One tool name in all environments of the policy.</summary>
    [JsonStringEnumMemberName("tool")] Tool,
    [JsonStringEnumMemberName("environment")] Environment,
    /// <summary>All calls in all environments of the policy.</summary>
    [JsonStringEnumMemberName("fleet")] Fleet,
}

/// <summary>In any time t at most burst + rate·t starts of the calls that match, per scope.</summary>
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
