using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Tools;

/// <summary>A tool as agents see it; <see cref="HeldBack"/> only for people.</summary>
public sealed record ToolBody
{
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required RawJson InputSchema { get; init; }
    public required string SchemaHash { get; init; }
    public required EffectClass Effect { get; init; }
    public required string Connector { get; init; }
    public string? HeldBack { get; init; }

    public static ToolBody Of(ToolDescription tool) => new()
    {
        Name = tool.Name,
        Description = tool.Description,
        InputSchema = new RawJson(tool.InputSchemaJson),
        SchemaHash = tool.SchemaHash,
        Effect = tool.Effect,
        Connector = tool.Connector,
        HeldBack = tool.HeldBack,
    };
}

public sealed record AcceptToolRequest
{
    [Length(1, 100)] public required string SchemaHash { get; init; }
}

/// <summary>The tools of an environment, and accepting those whose schema is new or has changed.</summary>
public sealed class ToolEndpoints(IToolRegistry tools, IConfigurationView configuration, SessionGate gate)
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/tools", (ToolEndpoints it, HttpContext http) => it.OfferedAsync(http))
            .Admits(Access.Session | Access.Developer).Gives<ListBody<ToolBody>>(200).Fails(400, 404).Pages("environment")
            .WithName("listTools").WithSummary("The tools of one environment by name; a session sees those that can be called").WithTags("Tools");
        v1.MapGet("/environments/{name}/tools", (ToolEndpoints it, HttpContext http, string name) => it.All(http, name))
            .Admits(Access.Developer | Access.Operator | Access.Auditor).Gives<ListBody<ToolBody>>(200).Fails(400, 404).Pages()
            .WithName("listEnvironmentTools").WithSummary("All tools of an environment, those held back with the reason").WithTags("Tools");
        v1.MapPost("/environments/{name}/tools/{tool}/accept", (ToolEndpoints it, HttpContext http, string name, string tool) => it.AcceptAsync(http, name, tool))
            .Admits(Access.Operator).Takes<AcceptToolRequest>().Gives<ToolBody>(200).Fails(400, 404, 409, 413)
            .WithName("acceptTool").WithSummary("Accepts a quarantined schema by its hash").WithTags("Tools");
    }

    private async Task<IResult> OfferedAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        if (await gate.RefuseEndedAsync(visitor) is { } ended) return ended;
        var environment = Paging.Text(http.Request, "environment");
        return environment is null
            ? Problems.BadRequest("The query parameter environment is missing: say whose tools, as in ?environment=cost-explorer-cn-prod.")
            : List(http, environment, tool => visitor.Session is null || tool.HeldBack is null, "environment");
    }

    private IResult All(HttpContext http, string name) => List(http, name, _ => true);

    private IResult List(HttpContext http, string environment, Func<ToolDescription, bool> shown, params IReadOnlyList<string> filters)
    {
        var page = Paging.Read(http.Request, filters);
        if (page.Problem is { } unreadable) return unreadable;
        if (!configuration.EnvironmentNames.Contains(environment)) return NoSuch(environment);
        var found = tools.ToolsOf(environment).Where(shown).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var (names, next) = Paging.ByName([.. found.Keys.Order(StringComparer.Ordinal)], page.Value!);
        return Answers.Ok(new ListBody<ToolBody> { Items = [.. names.Select(n => ToolBody.Of(found[n]))], Next = next });
    }

    private async Task<IResult> AcceptAsync(HttpContext http, string name, string tool)
    {
        var body = await StrictBody.ReadAsync<AcceptToolRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        if (!configuration.EnvironmentNames.Contains(name)) return NoSuch(name);
        if (await tools.AcceptAsync(name, tool, body.Value!.SchemaHash, http.Visitor().By) is { } refusal) return Problems.Of(refusal);
        return tools.ToolsOf(name).FirstOrDefault(t => t.Name == tool) is { } accepted
            ? Answers.Ok(ToolBody.Of(accepted)) : Problems.Of("unknown-tool", $"There is no tool '{tool}' in '{name}' any more.");
    }

    private static IResult NoSuch(string name) => Problems.Of("unknown-environment", $"There is no environment '{name}'.");
}
