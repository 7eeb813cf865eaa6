using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>An earlier call that matches <see cref="Match"/> and started at most <see cref="Within"/> before.</summary>
public sealed record SequenceDefinition
{
    /// <summary>Without an <c>after</c> of its own.</summary>
    public required MatchDefinition Match { get; init; }
    public required TimeSpan Within { get; init; }

    /// <summary>Names the pattern whatever its duration and its rule: what it has seen outlives a policy version as long as the match stays.</summary>
    public string Key => DefinitionJson.HashOf(DefinitionJson.Canonical(Match.ToJson()))[^16..];

    internal JsonObject ToJson()
    {
        var json = Match.ToJson();
        json["within"] = Durations.Write(Within);
        return json;
    }
}
