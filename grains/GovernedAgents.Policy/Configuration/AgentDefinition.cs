using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>A registered agent: who answers for it, how far it may go, where, and who may start its sessions.</summary>
public sealed record AgentDefinition
{
    public required string Name { get; init; }
    /// <summary><c>group:platform</c> or <c>person:alice</c>.</summary>
    public required string Owner { get; init; }
    public required AutonomyTier TierCeiling { get; init; }
    /// <summary>Globs over environment names.</summary>
    public required IReadOnlyList<string> Environments { get; init; }
    /// <summary>Who may start its sessions: <c>group:x</c>, <c>person:y</c>.</summary>
    public required IReadOnlyList<string> StartedBy { get; init; }
    public int MaxCallsPerSession { get; init; } = 10_000;
    /// <summary>Set: its sessions are run by the silo itself.</summary>
    public HostingDefinition? Hosted { get; init; }

    /// <summary><c>sha256:</c> + hex of the canonical form; computed at each read.</summary>
    public string Hash => DefinitionJson.HashOf(ToCanonicalJson());

    /// <summary>RFC 8785 form of the document with every default written out.</summary>
    public string ToCanonicalJson()
    {
        var spec = new JsonObject
        {
            ["owner"] = Owner,
            ["tierCeiling"] = DefinitionJson.Name(TierCeiling),
            ["environments"] = DefinitionJson.List(Environments),
            ["startedBy"] = DefinitionJson.List(StartedBy),
            ["maxCallsPerSession"] = MaxCallsPerSession,
        };
        // Absent where there is none, so that a definition of an earlier release keeps its hash.
        if (Hosted is not null) spec["hosted"] = Hosted.ToJson();
        return DefinitionJson.Write("Agent", Name, null, spec);
    }

    /// <exception cref="FormatException">Not a canonical Agent.</exception>
    public static AgentDefinition FromCanonicalJson(string json) => DefinitionJson.Read(json, "Agent", AgentReader.Read);
}
