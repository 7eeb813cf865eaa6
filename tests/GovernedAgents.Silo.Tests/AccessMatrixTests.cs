using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Silo.Tests;

/// <summary>Every endpoint × every kind of caller. An endpoint without a row here fails the first test.</summary>
public sealed class AccessMatrixTests(EdgeHost host) : IClassFixture<EdgeHost>
{
    private static readonly string[] Callers = ["developer", "reviewer", "operator", "auditor", "session"];

    private static readonly Dictionary<string, string> Admits = new()
    {
        ["POST /v1/sessions"] = "developer session",
        ["GET /v1/sessions"] = "developer operator auditor",
        ["GET /v1/sessions/{id}"] = "developer operator auditor session",
        ["GET /v1/sessions/{id}/conversation"] = "developer operator auditor session",
        ["POST /v1/sessions/{id}/token"] = "session",
        ["POST /v1/sessions/{id}/end"] = "developer operator session",
        ["POST /v1/sessions/{id}/pause"] = "developer operator",
        ["POST /v1/sessions/{id}/resume"] = "developer operator",
        ["POST /v1/sessions/{id}/quarantine"] = "developer operator",
        ["POST /v1/sessions/{id}/tier"] = "developer operator",
        ["GET /v1/tools"] = "developer session",
        ["GET /v1/environments/{name}/tools"] = "developer operator auditor",
        ["POST /v1/environments/{name}/tools/{tool}/accept"] = "operator",
        ["GET /v1/events"] = "developer reviewer operator auditor session",
        ["POST /v1/calls"] = "session",
        ["GET /v1/calls"] = "developer reviewer operator auditor session",
        ["GET /v1/calls/{id}"] = "developer reviewer operator auditor session",
        ["GET /v1/calls/{id}/receipt"] = "developer reviewer operator auditor session",
        ["POST /v1/calls/{id}/cancel"] = "developer operator session",
        ["POST /v1/calls/{id}/resolve"] = "operator",
        ["GET /v1/approvals"] = "reviewer operator auditor",
        ["GET /v1/approvals/{id}"] = "reviewer operator auditor",
        ["POST /v1/approvals/{id}/votes"] = "reviewer",
        ["GET /v1/environments"] = "developer reviewer operator auditor",
        ["GET /v1/environments/{name}"] = "developer reviewer operator auditor",
        ["POST /v1/environments/{name}/freeze"] = "operator",
        ["POST /v1/environments/{name}/unfreeze"] = "operator",
        ["GET /v1/fleet"] = "operator",
        ["POST /v1/fleet/halt"] = "operator",
        ["POST /v1/fleet/resume"] = "operator",
        ["GET /v1/agents"] = "operator",
        ["POST /v1/agents/{name}/kill"] = "operator",
        ["POST /v1/agents/{name}/revive"] = "operator",
        ["GET /v1/policies"] = "developer reviewer operator auditor",
        ["GET /v1/policies/{name}"] = "developer reviewer operator auditor",
        ["GET /v1/policies/{name}/versions/{version}"] = "developer reviewer operator auditor",
        ["POST /v1/policies/validate"] = "operator",
        ["POST /v1/policies/simulate"] = "operator",
        ["POST /v1/policies/{name}/versions"] = "operator",
        ["GET /v1/audit/records"] = "operator auditor",
        ["GET /v1/audit/streams"] = "operator auditor",
        ["GET /v1/audit/checkpoints"] = "operator auditor",
        ["GET /v1/audit/export"] = "operator auditor",
        ["POST /mcp/{environment}"] = "session",
    };

    private static readonly string[] Open = ["/health", "/metrics", "/openapi", "/docs", "/.well-known", "/console", "/_framework"];

    /// <summary>What the console serves to who is not signed in; everything else of it has a rule of its own.</summary>
    private static readonly string[] OpenConsole =
        ["/console/sign-in", "/console/sign-in/local", "/console/sign-in/provider", "/console/assets/{version}/{name}", "/console/{**rest}"];

    [Fact]
    public void Console_EveryOtherEndpoint_NamesWhoItAdmits()
    {
        var unruled = host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Select(e => (Path: "/" + e.RoutePattern.RawText!.Trim('/'), Rule: e.Metadata.GetMetadata<AccessRuleAttribute>()))
            .Where(e => e.Path.StartsWith("/console", StringComparison.Ordinal) && e.Rule is null).Select(e => e.Path).Distinct();
        Assert.Equal(OpenConsole.Order(), unruled.Order());
    }

    [Fact]
    public void Endpoints_AllOfThem_HaveARowInTheMatrix()
    {
        var served = host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(m => (Method: m, Path: "/" + e.RoutePattern.RawText!.Trim('/'))))
            .Where(e => e.Path != "/" && !Open.Any(o => e.Path.StartsWith(o, StringComparison.Ordinal))).Select(e => $"{e.Method} {e.Path}");
        Assert.Equal(Admits.Keys.Order(), served.Order());
    }

    public static TheoryData<string> Rows => [.. Admits.Keys];

    [Theory, MemberData(nameof(Rows))]
    public async Task Endpoint_AdmitsExactlyItsCallers(string row)
    {
        var (method, path) = (row.Split(' ')[0], row.Split(' ')[1].Replace("{id}", "nothing").Replace("{name}", "nothing").Replace("{tool}", "nothing").Replace("{version}", "nothing"));
        (await host.SendAsync(method, path, null)).IsProblem(401, "unauthenticated");
        (await host.SendAsync(method, path, host.Forge.Person())).IsProblem(403, "forbidden");
        foreach (var caller in Callers)
        {
            // With that header who is admitted to the events is answered instead of held.
            var reply = await host.SendAsync(method, path, caller == "session" ? host.SessionToken() : host.Forge.Person(caller), (string?)null, ("Last-Event-ID", "none"));
            var admitted = reply.Status is not (401 or 403);
            Assert.True(admitted == Admits[row].Split(' ').Contains(caller), $"{row} as {caller}: {reply.Status} {reply.Text}");
            Assert.True(reply.Status < 500, $"{row} as {caller}: {reply.Status} {reply.Text}");
        }
    }
}
