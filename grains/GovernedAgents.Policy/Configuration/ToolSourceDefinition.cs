using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>One entry of an environment's <c>tools</c>: a connector with its own prefix. Holds the places of secrets, never their values.</summary>
public sealed record ToolSourceDefinition
{
    /// <summary>A kind of cloud: <c>mcp</c>, <c>aws</c>, <c>terraform</c>, …</summary>
    public required string Connector { get; init; }
    /// <summary>Prefix of its tools: <c>files</c> gives <c>files.write_file</c>.</summary>
    public required string Name { get; init; }
    /// <summary><c>stdio</c> or <c>http</c>.</summary>
    public string Transport { get; init; } = "stdio";
    public string? Command { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Url { get; init; }
    /// <summary>Environment variable or header → file.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();
    /// <summary>Environment variable or header → variable of the silo's own environment.</summary>
    public IReadOnlyDictionary<string, string> SecretVariables { get; init; } = new Dictionary<string, string>();
    /// <summary>Execution deadline of one call.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Globs over tool names, without prefix.</summary>
    public IReadOnlyList<string> Include { get; init; } = ["*"];
    /// <summary>Tool → pinned class.</summary>
    public IReadOnlyDictionary<string, EffectClass> Effects { get; init; } = new Dictionary<string, EffectClass>();
    /// <summary>Tool → JSON pointer of the resource.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; init; } = new Dictionary<string, string>();

    /// <summary>What only this kind of connector knows; it refuses names that it does not.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["connector"] = Connector,
            ["name"] = Name,
            ["transport"] = Transport,
            ["args"] = DefinitionJson.List(Args),
            ["secrets"] = new JsonObject(Secrets.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonObject { ["file"] = s.Value }))
                .Concat(SecretVariables.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonObject { ["env"] = s.Value })))),
            ["timeout"] = Durations.Write(Timeout),
            ["include"] = DefinitionJson.List(Include),
            ["effects"] = new JsonObject(Effects.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)DefinitionJson.Name(e.Value)))),
            ["resource"] = new JsonObject(Resource.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))),
        };
        if (Command is not null) json["command"] = Command;
        if (Url is not null) json["url"] = Url;
        // Absent when empty, so that a definition of an earlier release keeps its hash.
        if (Options.Count > 0) json["options"] = new JsonObject(Options.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value)));
        return json;
    }
}
