using System.Net;
using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Mcp;

/// <summary>Who gets to the MCP endpoint at all.</summary>
public sealed class McpAccessTests(AgentHost host) : IClassFixture<AgentHost>
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}""";
    private const string Read = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ops__list_stacks","arguments":{"environment":"cost-explorer-cn-prod"}}}""";

    [Fact]
    public async Task WithoutAToken_TheChallengeLeadsToTheMetadata()
    {
        var (status, _, headers) = await new RawMcp(host.Http, host.Mcp, null).PostAsync(List);
        Assert.Equal(401, status);
        var challenge = headers.WwwAuthenticate.Single().ToString();
        var metadata = $"{host.Address}.well-known/oauth-protected-resource/mcp/{AgentHost.Environment}";
        Assert.Contains($"resource_metadata=\"{metadata}\"", challenge, StringComparison.Ordinal);

        var told = System.Text.Json.Nodes.JsonNode.Parse(await host.Http.GetStringAsync(new Uri(metadata), TestContext.Current.CancellationToken))!;
        Assert.Equal(host.Mcp.ToString(), told["resource"]!.GetValue<string>());
        Assert.Equal("mcp:tools", told["scopes_supported"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task PersonsToken_IsRefused()
    {
        foreach (var token in new[] { host.Developer, host.Operator, host.Person("alice", "sre", "reviewer") })
            Assert.Equal(403, (await new RawMcp(host.Http, host.Mcp, token).PostAsync(List)).Status);
    }

    [Fact]
    public async Task DelegatedToken_ActsInOneSessionOfItsAgent_AndNowhereElse()
    {
        var token = host.Token("dora", "developers", ["developer", "operator"], new() { ["scope"] = "openid mcp:tools", ["agent"] = AgentHost.Agent });
        var mcp = new RawMcp(host.Http, host.Mcp, token);
        Assert.Equal(200, (await mcp.PostAsync(Read)).Status);
        Assert.Equal(200, (await mcp.PostAsync(Read.Replace("\"id\":1", "\"id\":2", StringComparison.Ordinal))).Status);
        var sessions = (await host.SendAsync("GET", "/v1/sessions?agent=cost-explorer-fixer", host.Operator))["items"]!.AsArray().Where(s => s!["starter"]!.GetValue<string>().Contains("dora", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, sessions.Single()!["calls"]!.GetValue<int>());
        // Roles in a token that an agent holds are not the agent's.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/fleet") { Headers = { { "Authorization", $"Bearer {token}" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task DelegatedToken_StaysInItsQuarantinedSession()
    {
        var mcp = new RawMcp(host.Http, host.Mcp, host.Token("drew", "developers", [], new() { ["scope"] = "mcp:tools", ["agent"] = AgentHost.Agent }));
        Assert.Equal(200, (await mcp.PostAsync(Read)).Status);
        var session = (await host.SendAsync("GET", "/v1/sessions", host.Operator))["items"]!.AsArray().First(s => s!["starter"]!.GetValue<string>().Contains("drew", StringComparison.Ordinal))!["id"];
        await host.SendAsync("POST", $"/v1/sessions/{session}/quarantine", host.Operator, new { reason = "odd" });
        var (_, answer, _) = await mcp.PostAsync(Read.Replace("\"id\":1", "\"id\":2", StringComparison.Ordinal));
        Assert.Equal("session-quarantined", answer!["result"]!["structuredContent"]!["ruleIds"]![0]!.GetValue<string>());
    }

    [Theory]
    [InlineData("mcp:tools", null)]
    [InlineData("openid", "fixer")]
    public async Task TokenWithHalfOfADelegation_IsGoodForNothing(string scope, string? agent)
    {
        var claims = new Dictionary<string, string> { ["scope"] = scope };
        if (agent is not null) claims["agent"] = agent;
        var token = host.Token("dana", "developers", ["developer"], claims);
        Assert.Equal(403, (await new RawMcp(host.Http, host.Mcp, token).PostAsync(List)).Status);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/sessions") { Headers = { { "Authorization", $"Bearer {token}" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task DelegatedToken_OfWhoMayNotStartTheAgent_IsRefused() =>
        Assert.Equal(403, (await new RawMcp(host.Http, host.Mcp, host.Token("mallory", "guests", [], new() { ["scope"] = "mcp:tools", ["agent"] = AgentHost.Agent })).PostAsync(List)).Status);

    [Fact]
    public async Task EndedSession_AndUnknownEnvironment_AreRefused()
    {
        var (id, token) = await host.StartSessionAsync();
        Assert.Equal(404, (await new RawMcp(host.Http, new Uri(host.Address, "/mcp/nowhere"), token).PostAsync(List)).Status);
        await host.SendAsync("POST", $"/v1/sessions/{id}/end", host.Developer);
        Assert.Equal(401, (await new RawMcp(host.Http, host.Mcp, token).PostAsync(List)).Status);
    }

    [Theory]
    [InlineData("Host", "evil.example:8080")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "file://x")]
    public async Task RequestOfAReboundPage_IsRefused(string header, string value)
    {
        var (_, token) = await host.StartSessionAsync();
        Assert.Equal(403, (await new RawMcp(host.Http, host.Mcp, token).PostAsync(List, (header, value))).Status);
    }

    [Fact]
    public async Task RequestOfAPageOfThisServer_IsTaken()
    {
        var (_, token) = await host.StartSessionAsync();
        Assert.Equal(200, (await new RawMcp(host.Http, host.Mcp, token).PostAsync(List, ("Origin", $"http://localhost:{host.Address.Port}"))).Status);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ops__list_stacks","arguments":{"environment":"a","\u0065nvironment":"b"}}}""", "duplicate-key")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ops__list_stacks","arguments":{"n":9007199254740993}}}""", "number-not-representable")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ops__list_stacks","arguments":{"n":"\ud800"}}}""", "lone-surrogate")]
    [InlineData("""{"jsonrpc":"2.0",""", "bad-request")]
    public async Task BodyThatCouldBeReadInTwoWays_IsRefusedWithItsSlug(string body, string slug)
    {
        var (_, token) = await host.StartSessionAsync();
        var (status, answer, _) = await new RawMcp(host.Http, host.Mcp, token).PostAsync(body);
        Assert.Equal((400, slug), (status, answer!["error"]!["data"]!["slug"]!.GetValue<string>()));
    }
}
