using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Silo.Mcp;

/// <summary>The tools of an environment as MCP describes them. The hints are the registry's classes, never an upstream's own words.</summary>
internal sealed class McpTools(IToolRegistry registry)
{
    private static readonly Tool Status = new()
    {
        Name = McpAnswers.StatusTool,
        Title = "State of a governed call",
        Description = "What became of a tool call of this session that was held for review or still ran: its result once there is one. Without callId: the calls that are still open.",
        InputSchema = JsonDocument.Parse("""{"type":"object","properties":{"callId":{"type":"string","description":"As the held call's answer gave it."}},"additionalProperties":false}""").RootElement,
        Annotations = new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
    };

    /// <summary>What can be called now.</summary>
    public IReadOnlyList<ToolDescription> Of(string environment) => [.. registry.ToolsOf(environment).Where(t => t.HeldBack is null).OrderBy(t => t.Name, StringComparer.Ordinal)];

    public ListToolsResult List(string environment)
    {
        var tools = Of(environment);
        return new ListToolsResult
        {
            Tools = [.. tools.Select(tool => Describe(tools, tool)), Status],
            TimeToLive = TimeSpan.FromSeconds(30),
            CacheScope = CacheScope.Private,
        };
    }

    private static Tool Describe(IReadOnlyList<ToolDescription> all, ToolDescription tool) => new()
    {
        Name = McpToolNames.Offered(all, tool),
        Title = tool.Name,
        Description = tool.Description.Length > 0 ? tool.Description : tool.Name,
        InputSchema = JsonDocument.Parse(tool.InputSchemaJson).RootElement,
        Annotations = new() { ReadOnlyHint = tool.Effect == EffectClass.Read, DestructiveHint = tool.Effect >= EffectClass.Privilege, OpenWorldHint = true },
        Meta = new() { ["governedagents/effect"] = Answers.NameOf(tool.Effect), ["governedagents/schemaHash"] = tool.SchemaHash },
    };
}
