using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace CostExplorerTools;

/// <summary>The operations and the exact shape of their arguments.</summary>
internal static class CloudCatalogue
{
    private const string Name = """{ "type": "string", "pattern": "^[a-z0-9-]{1,63}$" }""";
    private const string Parameters = """{ "type": "object", "additionalProperties": { "type": "string", "maxLength": 256 }, "maxProperties": 50 }""";

    public static IReadOnlyList<Tool> Tools { get; } =
    [
        Read("describe_environment", "Shows one environment: when it was created, its stacks, how many cost records it holds.", ("name", Name)),
        Read("list_stacks", "Lists the stacks of an environment.", ("environment", Name)),
        Read("describe_stack", "Shows one stack: parameters, revision, how many cost records it holds.", ("environment", Name), ("stack", Name)),
        Read("get_cost_report", "Sums the cost records of an environment by service.", ("environment", Name)),
        Effect("update_stack", "Changes the given parameters of a stack; others stay. Data is kept.", destructive: false,
            ("environment", Name), ("stack", Name), ("parameters", Parameters)),
        Effect("create_environment", "Makes an empty environment.", destructive: false, ("name", Name)),
        Effect("create_stack", "Makes a stack without data.", destructive: false, ("environment", Name), ("stack", Name), ("parameters", Parameters)),
        Effect("delete_stack", "Deletes a stack and its data. Cannot be undone.", destructive: true, ("environment", Name), ("stack", Name)),
        Effect("delete_environment", "Deletes an environment with all its stacks and data. Cannot be undone.", destructive: true, ("name", Name)),
    ];

    private static readonly Dictionary<string, string[]> Members =
        Tools.ToDictionary(tool => tool.Name, tool => tool.InputSchema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!).ToArray());

    /// <summary>The cloud's own check: exactly the members of the schema.</summary>
    /// <exception cref="CloudRefusal">No such tool, or other members.</exception>
    public static void Check(string tool, JsonElement arguments)
    {
        if (!Members.TryGetValue(tool, out var members)) throw new CloudRefusal($"There is no tool '{tool}'. tools/list names those there are.");
        foreach (var member in members)
            if (!arguments.TryGetProperty(member, out _)) throw new CloudRefusal($"'{tool}' needs '{member}'.");
        foreach (var given in arguments.EnumerateObject())
            if (!members.Contains(given.Name)) throw new CloudRefusal($"'{tool}' takes no '{given.Name}'. It takes: {string.Join(", ", members)}.");
    }

    private static Tool Read(string name, string description, params (string Name, string Schema)[] members) =>
        Make(name, description, new ToolAnnotations { ReadOnlyHint = true, OpenWorldHint = false }, members);

    private static Tool Effect(string name, string description, bool destructive, params (string Name, string Schema)[] members) =>
        Make(name, description, new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = destructive, OpenWorldHint = false }, members);

    private static Tool Make(string name, string description, ToolAnnotations annotations, (string Name, string Schema)[] members)
    {
        var properties = string.Join(", ", members.Select(member => $"\"{member.Name}\": {member.Schema}"));
        var required = string.Join(", ", members.Select(member => $"\"{member.Name}\""));
        var schema = $$"""{ "type": "object", "properties": { {{properties}} }, "required": [{{required}}], "additionalProperties": false }""";
        return new Tool { Name = name, Description = description, Annotations = annotations, InputSchema = JsonElement.Parse(schema) };
    }
}
