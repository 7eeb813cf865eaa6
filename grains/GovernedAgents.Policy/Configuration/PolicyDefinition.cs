using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>A policy as written, before it is compiled.</summary>
public sealed record PolicyDefinition
{
    public required string Name { get; init; }
    /// <summary>Tier → effect → allow, review or deny. A missing cell is deny.</summary>
    public IReadOnlyDictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>> Baseline { get; init; } =
        new Dictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>>();
    /// <summary>The default requirement, and what review rules leave out.</summary>
    public ReviewDefinition? Review { get; init; }
    public IReadOnlyList<RuleDefinition> Rules { get; init; } = [];
    public IReadOnlyList<LimitDefinition> Limits { get; init; } = [];
    public IReadOnlyList<FreezeDefinition> Freezes { get; init; } = [];
    public IReadOnlyList<TripwireDefinition> Tripwires { get; init; } = [];
    /// <summary>Proved when the policy is read.</summary>
    public IReadOnlyList<InvariantDefinition> Invariants { get; init; } = [];

    /// <summary><c>sha256:</c> + hex of the canonical form; computed at each read.</summary>
    public string Version => DefinitionJson.HashOf(ToCanonicalJson());

    /// <inheritdoc cref="Version"/>
    public string Hash => Version;

    /// <summary>RFC 8785 form of the document with every default written out.</summary>
    public string ToCanonicalJson()
    {
        var spec = new JsonObject
        {
            ["baseline"] = new JsonObject(Baseline.Select(tier => KeyValuePair.Create(
                DefinitionJson.Name(tier.Key),
                (JsonNode?)new JsonObject(tier.Value.Select(cell => KeyValuePair.Create(DefinitionJson.Name(cell.Key), (JsonNode?)DefinitionJson.Name(cell.Value))))))),
            ["rules"] = new JsonArray([.. Rules.Select(r => r.ToJson())]),
            ["limits"] = new JsonArray([.. Limits.Select(l => l.ToJson())]),
            ["freezes"] = new JsonArray([.. Freezes.Select(f => f.ToJson())]),
        };
        // Only where they are, so that a policy without them keeps its version.
        if (Tripwires.Count > 0) spec["tripwires"] = new JsonArray([.. Tripwires.Select(t => t.ToJson())]);
        if (Invariants.Count > 0) spec["invariants"] = new JsonArray([.. Invariants.Select(i => i.ToJson())]);
        if (Review is not null) spec["review"] = Review.ToJson();
        return DefinitionJson.Write("Policy", Name, null, spec);
    }

    /// <exception cref="FormatException">Not a canonical Policy.</exception>
    public static PolicyDefinition FromCanonicalJson(string json) => DefinitionJson.Read(json, "Policy", PolicyReader.Read);
}
