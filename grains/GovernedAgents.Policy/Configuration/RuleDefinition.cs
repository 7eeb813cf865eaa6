using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>If <see cref="Match"/> holds for a call, then <see cref="Decide"/>.</summary>
public sealed record RuleDefinition
{
    public required string Id { get; init; }
    public required MatchDefinition Match { get; init; }
    /// <summary>Allow, review or deny.</summary>
    public required DecisionEffect Decide { get; init; }
    public string? Reason { get; init; }
    /// <summary>Only with review.</summary>
    public ReviewDefinition? Review { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["match"] = Match.ToJson(), ["decide"] = DefinitionJson.Name(Decide) };
        if (Reason is not null) json["reason"] = Reason;
        if (Review is not null) json["review"] = Review.ToJson();
        return json;
    }
}
