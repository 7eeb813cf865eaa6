using System.Collections.Frozen;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Schemas;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>What the server offers, as we offer it. Immutable; built anew from each listing and each acceptance.</summary>
internal sealed class ToolCatalogue
{
    /// <summary>Stands in for a schema that cannot be shown; accepts nothing.</summary>
    private const string NothingSchema = """{"not":{}}""";

    public static ToolCatalogue Empty { get; } = new(new Dictionary<string, ToolDescription>(), new HashSet<string>());

    private readonly FrozenSet<string> _quarantined;

    private ToolCatalogue(IReadOnlyDictionary<string, ToolDescription> tools, IEnumerable<string> quarantined) =>
        (Tools, _quarantined) = (tools.ToFrozenDictionary(StringComparer.Ordinal), quarantined.ToFrozenSet(StringComparer.Ordinal));

    public IReadOnlyDictionary<string, ToolDescription> Tools { get; }

    /// <summary>Held back for its hash alone, which an operator can accept.</summary>
    public bool IsQuarantined(string fullName) => _quarantined.Contains(fullName);

    /// <summary>Tools by the server's name.</summary>
    public static IReadOnlyDictionary<string, ToolDescription> Describe(IReadOnlyList<ListedTool> listed, ConnectorSettings settings, ILogger logger)
    {
        var tools = new Dictionary<string, ToolDescription>(StringComparer.Ordinal);
        foreach (var tool in listed)
        {
            var described = Describe(tool, settings, logger);
            if (!tools.TryAdd(tool.Name, described))
                tools[tool.Name] = Unusable(described, "the server lists two tools of this name; it has to be repaired there.");
        }

        return tools;
    }

    /// <summary>What of it is offered: included, and with a schema that is accepted.</summary>
    public static ToolCatalogue Build(IReadOnlyDictionary<string, ToolDescription> tools, ConnectorSettings settings, IReadOnlyDictionary<string, string> accepted, ILogger logger)
    {
        Glob[] include = [.. settings.Include.Select(Glob.Parse)];
        var offered = new Dictionary<string, ToolDescription>(StringComparer.Ordinal);
        var quarantined = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, tool) in tools)
        {
            if (!include.Any(glob => glob.IsMatch(name))) continue;
            var offer = tool;
            if (tool.HeldBack is null && accepted.GetValueOrDefault(name) is var known && known != tool.SchemaHash)
            {
                offer = tool with { HeldBack = Quarantine(tool, settings.Environment, isNew: known is null) };
                quarantined.Add(tool.Name);
            }
            if (offer.HeldBack is { } reason) McpLog.HeldBack(logger, offer.Name, reason);
            offered.Add(offer.Name, offer);
        }
        return new(offered, quarantined);
    }

    private static string Quarantine(ToolDescription tool, string environment, bool isNew) =>
        $"{(isNew ? "it is new" : "its schema changed")} ({tool.SchemaHash}); an operator has to accept it: POST /v1/environments/{environment}/tools/{tool.Name}/accept with this schemaHash";

    private static ToolDescription Describe(ListedTool tool, ConnectorSettings settings, ILogger logger)
    {
        var described = new ToolDescription
        {
            Name = $"{settings.Name}.{tool.Name}",
            Description = tool.Description,
            InputSchemaJson = NothingSchema,
            SchemaHash = "",
            Effect = EffectOf(tool, settings, logger),
            Connector = McpConnectorFactory.KindName,
        };
        if (tool.InputSchema is not { } schema) return Unusable(described, "its inputSchema is missing or not a well-formed JSON object; it has to be repaired in the server.");
        try
        {
            described = described with
            {
                InputSchemaJson = Encoding.UTF8.GetString(CanonicalJson.Canonicalize(schema)),
                SchemaHash = ToolSchemaHash.Compute(described.Name, described.Description, schema),
            };
        }
        catch (CanonicalJsonException failure)
        {
            return Unusable(described, $"its inputSchema has no canonical form ({failure.Slug} at '{failure.Pointer}'); it has to be repaired in the server.");
        }
        // A schema that we cannot check would let any arguments through.
        return ToolSchema.TryCompile(schema, out _, out var problem) ? described : described with { HeldBack = $"its inputSchema cannot be checked: {problem}" };
    }

    private static ToolDescription Unusable(ToolDescription tool, string reason) => tool with { InputSchemaJson = NothingSchema, SchemaHash = "", HeldBack = reason };

    /// <summary>The pin, else destroy. Hints of the server can only raise, and nothing is above destroy: against a pin they are a warning.</summary>
    private static EffectClass EffectOf(ListedTool tool, ConnectorSettings settings, ILogger logger)
    {
        if (!settings.Effects.TryGetValue(tool.Name, out var pin)) return EffectClass.Destroy;
        if (tool.DestructiveHint == true && pin < EffectClass.Destroy) McpLog.PinBelowHint(logger, $"{settings.Name}.{tool.Name}", pin.ToString(), "destructiveHint: true");
        else if (tool.ReadOnlyHint == false && pin == EffectClass.Read) McpLog.PinBelowHint(logger, $"{settings.Name}.{tool.Name}", pin.ToString(), "readOnlyHint: false");
        return pin;
    }
}
