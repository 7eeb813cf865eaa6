using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Fields are ANDed, values within a field are ORed; a field that is null or empty is not asked. Texts are globs.</summary>
public sealed record MatchDefinition
{
    public IReadOnlyList<string>? Tool { get; init; }
    public IReadOnlyList<string>? Action { get; init; }
    public IReadOnlyList<string>? Resource { get; init; }
    public IReadOnlyList<EffectClass>? Effect { get; init; }
    public IReadOnlyList<EnvironmentClass>? Class { get; init; }
    public IReadOnlyList<AutonomyTier>? Tier { get; init; }
    public IReadOnlyList<string>? Agent { get; init; }
    /// <summary>The starter's person id.</summary>
    public IReadOnlyList<string>? Principal { get; init; }
    /// <summary>Groups of the starter, plain.</summary>
    public IReadOnlyList<string>? Group { get; init; }
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    public IReadOnlyDictionary<string, IReadOnlyList<string>> EnvironmentLabels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    /// <summary>JSON pointer into the arguments → conditions, all of which must hold.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ArgumentCondition>> Args { get; init; } = new Dictionary<string, IReadOnlyList<ArgumentCondition>>();

    /// <summary>An earlier call of the same session in the same environment that started; null is not asked.</summary>
    public SequenceDefinition? After { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        void Add(string key, IReadOnlyList<string>? values)
        {
            if (values is not null) json[key] = DefinitionJson.List(values);
        }

        Add("tool", Tool);
        Add("action", Action);
        Add("resource", Resource);
        Add("effect", Effect?.Select(DefinitionJson.Name).ToList());
        Add("class", Class?.Select(DefinitionJson.Name).ToList());
        Add("tier", Tier?.Select(DefinitionJson.Name).ToList());
        Add("agent", Agent);
        Add("principal", Principal);
        Add("group", Group);
        if (Labels.Count > 0) json["labels"] = LabelsJson(Labels);
        if (EnvironmentLabels.Count > 0) json["environmentLabels"] = LabelsJson(EnvironmentLabels);
        if (Args.Count > 0)
        {
            json["args"] = new JsonObject(Args.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)new JsonObject(
                a.Value.Select(c => KeyValuePair.Create(ArgumentCondition.NameOf(c.Operator), JsonNode.Parse(c.ValueJson)))))));
        }

        if (After is not null) json["after"] = After.ToJson();
        return json;
    }

    private static JsonObject LabelsJson(IReadOnlyDictionary<string, IReadOnlyList<string>> labels) =>
        new(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)DefinitionJson.List(l.Value))));
}
