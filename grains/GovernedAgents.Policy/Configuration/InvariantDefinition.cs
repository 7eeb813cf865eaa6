using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>No call of these effects, classes and tiers may start with fewer distinct people having approved it. Null: every one.</summary>
public sealed record InvariantDefinition
{
    public required string Id { get; init; }
    public IReadOnlyList<EffectClass>? Effect { get; init; }
    public IReadOnlyList<EnvironmentClass>? Class { get; init; }
    public IReadOnlyList<AutonomyTier>? Tier { get; init; }
    /// <summary>1 to 100.</summary>
    public required int WithFewerApprovalsThan { get; init; }

    internal JsonObject ToJson()
    {
        var never = new JsonObject { ["withFewerApprovalsThan"] = WithFewerApprovalsThan };
        if (Effect is not null) never["effect"] = DefinitionJson.List(Effect.Select(DefinitionJson.Name));
        if (Class is not null) never["class"] = DefinitionJson.List(Class.Select(DefinitionJson.Name));
        if (Tier is not null) never["tier"] = DefinitionJson.List(Tier.Select(DefinitionJson.Name));
        return new JsonObject { ["id"] = Id, ["never"] = never };
    }
}
