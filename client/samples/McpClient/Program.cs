using GovernedAgents.Client;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

// GOV_SERVER and GOV_TOKEN (a developer's). No model: this is what an MCP client sees.
static string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
var (agent, environment) = args is [var a, var e] ? (a, e) : ("cost-explorer-fixer", "cost-explorer-cn-prod");
var server = new Uri(Setting("GOV_SERVER", "http://127.0.0.1:8080"));

using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
var client = new GovernedAgentsClient(http, new() { Server = server, Token = _ => new(Setting("GOV_TOKEN", "")) });
using var session = await client.StartSessionAsync(new() { Agent = agent, Goal = "Look around", Tier = AutonomyTier.Supervised });

await using var mcp = await McpClient.CreateAsync(new HttpClientTransport(new()
{
    Endpoint = new(server, $"/mcp/{environment}"),
    TransportMode = HttpTransportMode.StreamableHttp,
    AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {await session.ExportTokenAsync()}", ["Prefer"] = "wait=2" },
}));
foreach (var tool in await mcp.ListToolsAsync()) Console.WriteLine($"{tool.Name}: {tool.Description}");
foreach (var name in new[] { "ops__list_stacks", "ops__delete_stack" })
{
    var result = await mcp.CallToolAsync(name, new Dictionary<string, object?> { ["environment"] = "cost-explorer-cn-prod", ["stack"] = "web" }.Where(p => p.Key != "stack" || name == "ops__delete_stack").ToDictionary());
    Console.WriteLine($"{name} → {((TextContentBlock)result.Content[0]).Text}");
}
