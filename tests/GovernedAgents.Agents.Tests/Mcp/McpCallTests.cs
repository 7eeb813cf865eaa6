using System.Text.Json.Nodes;
using GovernedAgents.Agents.Tests.Kit;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Agents.Tests.Mcp;

/// <summary>Agents at <c>/mcp/{environment}</c>, through the SDK's own client and by hand.</summary>
public sealed class McpCallTests(AgentHost host) : IClassFixture<AgentHost>
{
    private const string Delete = "ops__delete_stack";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<(string Session, RawMcp Mcp)> OpenAsync()
    {
        var (id, token) = await host.StartSessionAsync();
        return (id, new RawMcp(host.Http, host.Mcp, token));
    }

    private static string Stack(string name) => $$"""{"environment":"cost-explorer-cn-prod","stack":"{{name}}"}""";

    [Fact]
    public async Task Client_ListsTheRegistrysTools_AndCallsOne()
    {
        var (_, token) = await host.StartSessionAsync();
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new()
        {
            Endpoint = host.Mcp, TransportMode = HttpTransportMode.StreamableHttp, AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        }), cancellationToken: Cancellation);

        var tools = await client.ListToolsAsync(cancellationToken: Cancellation);
        var read = tools.Single(t => t.Name == "ops__list_stacks");
        Assert.True(read.ProtocolTool.Annotations!.ReadOnlyHint);
        // The upstream says nothing of it: what is not known is destroy.
        Assert.True(tools.Single(t => t.Name == Delete).ProtocolTool.Annotations!.DestructiveHint);
        Assert.Contains(tools, t => t.Name == "governed_status");

        var answer = await client.CallToolAsync("ops__list_stacks", new Dictionary<string, object?> { ["environment"] = "cost-explorer-cn-prod" }, cancellationToken: Cancellation);
        Assert.NotEqual(true, answer.IsError);
        Assert.Contains("ingest", ((TextContentBlock)answer.Content.Single()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeldCall_AnswersWithTheReviewsAddress_AndGivesItsResultOnceApproved()
    {
        var (_, mcp) = await OpenAsync();
        var held = await mcp.CallAsync(Delete, Stack("report-store"));
        Assert.False(held["isError"]!.GetValue<bool>());
        var told = held["structuredContent"]!;
        Assert.Equal("pending_review", told["state"]!.GetValue<string>());
        Assert.StartsWith(host.Address.ToString(), told["approval"]!["url"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("2 of group:sre", held["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Effects(), e => e["arguments"]!["stack"]?.GetValue<string>() == "report-store");

        await host.VoteAsync(told["approval"]!["id"]!.GetValue<string>(), "approve");
        var ended = await mcp.CallAsync("governed_status", $$"""{"callId":"{{told["callId"]}}"}""", headers: ("Prefer", "wait=20"));
        Assert.False(ended["isError"]!.GetValue<bool>());
        Assert.Equal("report-store", ended["structuredContent"]!["deleted"]!.GetValue<string>());
        Assert.Equal("succeeded", ended["_meta"]!["governedagents/call"]!["state"]!.GetValue<string>());
        Assert.Single(host.Effects(), e => e["arguments"]!["stack"]?.GetValue<string>() == "report-store");
    }

    [Fact]
    public async Task HeldCall_WaitsInline_WhileTheClientIsWillingTo()
    {
        var (session, mcp) = await OpenAsync();
        var waiting = mcp.CallAsync(Delete, Stack("web"), headers: ("Prefer", "wait=30"));
        JsonNode? call = null;
        while (call is null) call = (await host.CallsAsync(session)).FirstOrDefault(c => c!["approval"] is not null);
        await host.VoteAsync(call["approval"]!["id"]!.GetValue<string>(), "approve");
        Assert.Equal("web", (await waiting)["structuredContent"]!["deleted"]!.GetValue<string>());
    }

    [Fact]
    public async Task HeldCall_DeniedByAReviewer_IsAnErrorThatSaysSo()
    {
        var (_, mcp) = await OpenAsync();
        var told = (await mcp.CallAsync(Delete, Stack("ingest")))["structuredContent"]!;
        await host.VoteAsync(told["approval"]!["id"]!.GetValue<string>(), "deny", "alice");
        var ended = await mcp.CallAsync("governed_status", $$"""{"callId":"{{told["callId"]}}"}""", headers: ("Prefer", "wait=20"));
        Assert.True(ended["isError"]!.GetValue<bool>());
        Assert.Equal("denied", ended["structuredContent"]!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task DeniedAndThrottled_AreErrorsWithAReasonToActOn()
    {
        var (_, mcp) = await OpenAsync();
        var denied = await mcp.CallAsync("ops__create_environment", """{"name":"mine"}""");
        Assert.True(denied["isError"]!.GetValue<bool>());
        Assert.Equal("denied", denied["structuredContent"]!["state"]!.GetValue<string>());
        Assert.Contains("no-empty-environments", denied["structuredContent"]!["ruleIds"]!.AsArray().Select(r => r!.GetValue<string>()));
        Assert.Contains("Environments are made by people.", denied["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);

        const string create = """{"environment":"cost-explorer-cn-prod","stack":"NAME","parameters":{}}""";
        Assert.False((await mcp.CallAsync("ops__create_stack", create.Replace("NAME", "a", StringComparison.Ordinal)))["isError"]!.GetValue<bool>());
        var throttled = await mcp.CallAsync("ops__create_stack", create.Replace("NAME", "b", StringComparison.Ordinal));
        Assert.True(throttled["isError"]!.GetValue<bool>());
        Assert.Equal("throttled", throttled["structuredContent"]!["state"]!.GetValue<string>());
        Assert.StartsWith("PT", throttled["structuredContent"]!["retryAfter"]!.GetValue<string>(), StringComparison.Ordinal);

        var invalid = await mcp.CallAsync("ops__list_stacks", """{"environment":7}""");
        Assert.True(invalid["isError"]!.GetValue<bool>());
        Assert.Equal("/arguments/environment", invalid["structuredContent"]!["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task LostAnswer_RepeatedUnderItsRequestId_IsTheSameCall()
    {
        var (session, mcp) = await OpenAsync();
        const string update = """{"environment":"cost-explorer-cn-prod","stack":"api","parameters":{"once":"yes"}}""";
        var first = await mcp.CallAsync("ops__update_stack", update, id: 7);
        var again = await mcp.CallAsync("ops__update_stack", update, id: 7);
        Assert.Equal(first["_meta"]!["governedagents/call"]!["id"]!.GetValue<string>(), again["_meta"]!["governedagents/call"]!["id"]!.GetValue<string>());
        await mcp.CallAsync("ops__update_stack", update, id: 8, meta: """{"governedagents/idempotencyKey":"mine"}""");
        await mcp.CallAsync("ops__update_stack", update, id: 9, meta: """{"governedagents/idempotencyKey":"mine"}""");
        Assert.Equal(2, (await host.CallsAsync(session)).Count);
        Assert.Equal(2, host.Effects().Count(e => e["arguments"]!["parameters"]?["once"] is not null));
    }

    [Fact]
    public async Task Task_StandsForAHeldCall_WhereTheClientKnowsTasks()
    {
        var (_, mcp) = await OpenAsync();
        var call = () => new JsonObject { ["name"] = Delete, ["arguments"] = JsonNode.Parse(Stack("report-2")) };
        var task = await mcp.ModernAsync("tools/call", call(), Delete);
        Assert.Equal(("task", "working"), (task["resultType"]!.GetValue<string>(), task["status"]!.GetValue<string>()));
        var id = task["taskId"]!.GetValue<string>();
        Assert.Contains("/v1/approvals/apr_", task["statusMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        // What a client says in a task is never a vote.
        await mcp.ModernAsync("tasks/update", new JsonObject { ["taskId"] = id, ["inputResponses"] = new JsonObject { ["approve"] = new JsonObject { ["action"] = "accept" } } }, id);
        Assert.Equal("working", (await mcp.ModernAsync("tasks/get", new JsonObject { ["taskId"] = id }, id))["status"]!.GetValue<string>());

        await mcp.ModernAsync("tasks/cancel", new JsonObject { ["taskId"] = id }, id);
        Assert.Equal("cancelled", (await mcp.ModernAsync("tasks/get", new JsonObject { ["taskId"] = id }, id))["status"]!.GetValue<string>());

        var plain = await mcp.ModernAsync("tools/call", call(), Delete, extensions: "{}");
        Assert.Equal("pending_review", plain["structuredContent"]!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Task_Completes_WithTheToolsOwnResult()
    {
        var (_, mcp) = await OpenAsync();
        var task = await mcp.ModernAsync("tools/call", new JsonObject { ["name"] = "ops__delete_environment", ["arguments"] = JsonNode.Parse("""{"name":"nowhere"}""") }, "ops__delete_environment");
        var id = task["taskId"]!.GetValue<string>();
        var approval = System.Text.RegularExpressions.Regex.Match(task["statusMessage"]!.GetValue<string>(), "apr_[a-z0-9]+").Value;
        await host.VoteAsync(approval, "approve");
        JsonNode seen;
        do seen = await mcp.ModernAsync("tasks/get", new JsonObject { ["taskId"] = id }, id);
        while (seen["status"]!.GetValue<string>() == "working");
        Assert.Equal("completed", seen["status"]!.GetValue<string>());
        Assert.True(seen["result"]!["isError"]!.GetValue<bool>());
        Assert.Contains("There is no environment 'nowhere'", seen["result"]!["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OfAnotherSession_IsNotThere()
    {
        var (_, mcp) = await OpenAsync();
        var (_, other) = await OpenAsync();
        var call = (await mcp.CallAsync(Delete, Stack("web-2")))["structuredContent"]!["callId"]!.GetValue<string>();
        var asked = await other.CallAsync("governed_status", $$"""{"callId":"{{call}}"}""");
        Assert.Equal("not-found", asked["structuredContent"]!["slug"]!.GetValue<string>());
        Assert.NotNull((await other.ModernAsync("tasks/get", new JsonObject { ["taskId"] = call }, call))["code"]);
        Assert.Contains(call, (await mcp.CallAsync("governed_status", "{}"))["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
