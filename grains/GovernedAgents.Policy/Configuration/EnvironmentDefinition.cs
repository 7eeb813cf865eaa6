using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>A place where effects happen, as configured.</summary>
public sealed record EnvironmentDefinition
{
    public required string Name { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public required EnvironmentClass Class { get; init; }
    public IReadOnlyList<string> Owners { get; init; } = [];
    /// <summary>Whose sessions may call here, by their starter: <c>group:x</c>, <c>person:y</c>.</summary>
    public required IReadOnlyList<string> Access { get; init; }
    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }
    /// <summary>Left out, the environment lowers no tier.</summary>
    public AutonomyTier TierCeiling { get; init; } = AutonomyTier.Autonomous;
    public int MaxPendingPerSession { get; init; } = 20;
    public int MaxPendingTotal { get; init; } = 500;
    /// <summary>Submissions that one session may make, before anything is journaled.</summary>
    public Rate Intake { get; init; } = new(200, TimeSpan.FromSeconds(1));
    public IReadOnlyList<ToolSourceDefinition> Tools { get; init; } = [];
    /// <summary>Regular expressions (linear time) of what is never shown.</summary>
    public IReadOnlyList<string> Redact { get; init; } = [];

    /// <summary><c>sha256:</c> + hex of the canonical form; computed at each read.</summary>
    public string Hash => DefinitionJson.HashOf(ToCanonicalJson());

    /// <summary>RFC 8785 form of the document with every default written out.</summary>
    public string ToCanonicalJson() => DefinitionJson.Write("Environment", Name, Labels, new JsonObject
    {
        ["class"] = DefinitionJson.Name(Class),
        ["owners"] = DefinitionJson.List(Owners),
        ["access"] = DefinitionJson.List(Access),
        ["policy"] = Policy,
        ["tierCeiling"] = DefinitionJson.Name(TierCeiling),
        ["maxPending"] = new JsonObject { ["perSession"] = MaxPendingPerSession, ["total"] = MaxPendingTotal },
        ["intake"] = Intake.ToString(),
        ["tools"] = new JsonArray([.. Tools.Select(t => t.ToJson())]),
        ["redact"] = DefinitionJson.List(Redact),
    });

    /// <exception cref="FormatException">Not a canonical Environment.</exception>
    public static EnvironmentDefinition FromCanonicalJson(string json) => DefinitionJson.Read(json, "Environment", (header, problems) => EnvironmentReader.Read(header, null, problems));
}
