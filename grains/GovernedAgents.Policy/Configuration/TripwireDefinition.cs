using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace GovernedAgents.Policy.Configuration;

/// <summary>What a tripwire does to the session whose call tripped it, or to the environment.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TripwireAction>))]
public enum TripwireAction
{
    [JsonStringEnumMemberName("quarantineSession")] QuarantineSession,
    /// <summary>One tier lower, never below observe.</summary>
    [JsonStringEnumMemberName("demoteSession")] DemoteSession,
    /// <summary>Blocks mutate, privilege and destroy until an operator lifts it.</summary>
    [JsonStringEnumMemberName("freezeEnvironment")] FreezeEnvironment,
}

/// <summary>How a started call ended, as tripwires count it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallOutcomeKind>))]
public enum CallOutcomeKind
{
    [JsonStringEnumMemberName("succeeded")] Succeeded,
    [JsonStringEnumMemberName("failed")] Failed,
    [JsonStringEnumMemberName("unknown")] Unknown,
}

/// <summary>After so many decisions or outcomes of one scope within a time, something is stopped before the next call.</summary>
public sealed record TripwireDefinition
{
    public const int MostCounted = 1_000;

    public required string Id { get; init; }
    /// <summary>Decisions of the policy that count; empty when outcomes do.</summary>
    public IReadOnlyList<DecisionEffect> Decisions { get; init; } = [];
    public IReadOnlyList<CallOutcomeKind> Outcomes { get; init; } = [];
    /// <summary>1 to <see cref="MostCounted"/>.</summary>
    public required int AtLeast { get; init; }
    public required TimeSpan Within { get; init; }
    /// <summary>Whose are counted together, within one environment; never the fleet.</summary>
    public required LimitScope Per { get; init; }
    public required TripwireAction Then { get; init; }

    internal JsonObject ToJson()
    {
        var when = new JsonObject { ["atLeast"] = AtLeast, ["within"] = Durations.Write(Within), ["per"] = DefinitionJson.Name(Per) };
        if (Decisions.Count > 0) when["decisions"] = DefinitionJson.List(Decisions.Select(DefinitionJson.Name));
        if (Outcomes.Count > 0) when["outcomes"] = DefinitionJson.List(Outcomes.Select(DefinitionJson.Name));
        return new JsonObject { ["id"] = Id, ["when"] = when, ["then"] = DefinitionJson.Name(Then) };
    }
}
