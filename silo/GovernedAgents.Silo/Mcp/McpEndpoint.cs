#pragma warning disable MCPEXP002 // The extension points of the SDK, which may change with it: tasks are an extension. Only this file knows them.
using System.Text.Json.Nodes;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace GovernedAgents.Silo.Mcp;

/// <summary>
/// <c>/mcp/{environment}</c>: the environment's tools over MCP's streamable HTTP, governed. Without protocol sessions: what a request may do follows from its token alone, and any silo
/// can answer the next one.
/// </summary>
public static class McpEndpoint
{
    public static void AddMcpEndpoint(this IServiceCollection services)
    {
        services.AddSingleton<McpHosts>().AddSingleton<McpSessions>().AddSingleton<McpTools>().AddSingleton<McpKeys>().AddSingleton<McpCalls>().AddSingleton<McpTasks>();
        services.AddMcpServer().WithHttpTransport(transport =>
        {
            transport.SessionMode = HttpServerSessionMode.Stateless;
            transport.ConfigureSessionOptions = (http, server, _) =>
            {
                Configure(http, server);
                return Task.CompletedTask;
            };
        });
    }

    public static void UseMcpDoor(this IApplicationBuilder app) => app.UseWhen(http => http.Request.Path.StartsWithSegments("/mcp"), mcp => mcp.UseMiddleware<McpDoor>());

    public static void MapMcpEndpoint(this IEndpointRouteBuilder routes)
    {
        McpResourceMetadata.Map(routes);
        routes.MapMcp("/mcp/{environment}").Admits(Access.Session | Access.Delegated).ExcludeFromDescription();
    }

    /// <summary>The handlers of one request; they know its caller by its <see cref="HttpContext"/>.</summary>
    private static void Configure(HttpContext http, McpServerOptions server)
    {
        var environment = McpDoor.EnvironmentOf(http);
        var tools = http.RequestServices.GetRequiredService<McpTools>();
        var calls = http.RequestServices.GetRequiredService<McpCalls>();
        var tasks = http.RequestServices.GetRequiredService<McpTasks>();
        server.ServerInfo = new() { Name = "GovernedAgents", Title = $"GovernedAgents: {environment}", Version = typeof(McpEndpoint).Assembly.GetName().Version!.ToString(3) };
        server.ServerInstructions = $"Every call is decided by policy. One that waits for people answers with its callId and the address of its review: ask {McpAnswers.StatusTool} for its end, do not submit it again.";
        server.Capabilities = new() { Tools = new(), Extensions = new Dictionary<string, object> { [McpTasks.Extension] = new JsonObject() } };
        server.Handlers.ListToolsHandler = (_, _) => ValueTask.FromResult(tools.List(environment));
        server.Handlers.CallToolWithAlternateHandler = async (request, cancellation) =>
        {
            var wanted = McpTasks.IsWanted(request.JsonRpcRequest);
            var (result, open) = await calls.CallAsync(http, request.JsonRpcRequest, returnHeld: wanted, cancellation);
            return wanted && open is not null ? ResultOrAlternate<CallToolResult>.FromAlternate(McpTasks.Of(open, Addresses.Of(http)), McpTaskJson.Default.CreatedTask) : result;
        };
        server.RequestHandlers =
        [
            Task("tasks/get", tasks.GetAsync),
            Task("tasks/cancel", tasks.CancelAsync),
            Task("tasks/update", tasks.UpdateAsync),
        ];

        McpServerRequestHandler Task(string method, Func<HttpContext, JsonRpcRequest, ValueTask<JsonNode?>> handle) =>
            new() { Method = method, RoutingNameParameter = "taskId", Handler = (request, _) => handle(http, request) };
    }
}
