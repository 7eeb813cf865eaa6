using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>How a silo runs an agent itself: which model, with whose tools, and how much a session (with all below it) may use. Holds the place of the key, never its value.</summary>
public sealed record HostingDefinition
{
    /// <summary>Base address of an OpenAI-compatible API (<c>https://models.example/v1</c>); plain http on loopback only.</summary>
    public required string Endpoint { get; init; }
    public required string Model { get; init; }
    /// <summary>The file that holds the endpoint's key; null for an endpoint that takes none.</summary>
    public string? KeyFile { get; init; }
    /// <summary>What the model is told before the session's goal.</summary>
    public string Instructions { get; init; } = "";
    /// <summary>The environment whose tools the model is offered; null offers none (a planner).</summary>
    public string? Environment { get; init; }
    /// <summary>Hosted agents that it may start sessions of, below its own.</summary>
    public IReadOnlyList<string> DelegatesTo { get; init; } = [];
    /// <summary>Longest time of one answer of the model.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);
    /// <summary>Requests to the model, those of the sessions below included.</summary>
    public int Steps { get; init; } = 50;
    /// <summary>Tokens in and out, those of the sessions below included.</summary>
    public long Tokens { get; init; } = 200_000;
    /// <summary>From the session's start to its end, waiting for people included.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromHours(8);

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["endpoint"] = Endpoint,
            ["model"] = Model,
            ["delegatesTo"] = DefinitionJson.List(DelegatesTo),
            ["timeout"] = Durations.Write(Timeout),
            ["budget"] = new JsonObject { ["steps"] = Steps, ["tokens"] = Tokens, ["time"] = Durations.Write(Time) },
        };
        if (Instructions.Length > 0) json["instructions"] = Instructions;
        if (KeyFile is not null) json["key"] = new JsonObject { ["file"] = KeyFile };
        if (Environment is not null) json["environment"] = Environment;
        return json;
    }
}
