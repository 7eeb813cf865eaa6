using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Client.Tests;

public sealed class ClientSurfaceTests
{
    private const string Started = """{"id":"ses_9","agent":"ops","starter":"dave","lineage":[],"goal":"g","state":"active","tier":"supervised","effectiveTier":{"prod":"propose"},"labels":{},"calls":0,"createdAt":"2026-05-04T12:00:00Z","expiresAt":"2026-05-04T20:00:00Z","token":"the-session-token"}""";
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_AsksAsThePerson_AndActsAsTheSession()
    {
        var server = new FakeServer().Then(201, Started).Then(201, Started).Then(200, Started);
        using var session = await server.Client().StartSessionAsync(new StartSessionOptions { Agent = "ops", Goal = "g", Tier = AutonomyTier.Supervised, ExpiresIn = TimeSpan.FromHours(2) }, Stop);
        using var child = await session.StartChildAsync(new StartSessionOptions { Agent = "ops" }, Stop);
        await session.EndAsync(cancellation: Stop);
        Assert.Equal(["Bearer person-token", "Bearer the-session-token", "Bearer the-session-token"], server.Requests.Select(one => one.Header("Authorization")));
        Assert.Equal("""{"agent":"ops","goal":"g","tier":"supervised","expiresIn":"PT2H"}""", server.Requests[0].Body);
        Assert.Equal("ses_9", JsonNode.Parse(server.Requests[1].Body!)!["parent"]!.GetValue<string>());
        Assert.Equal(("/base/v1/sessions/ses_9/end", "{}"), (server.Requests[2].Path, server.Requests[2].Body));
        Assert.Equal(AutonomyTier.Propose, session.Started!.EffectiveTier["prod"]);
        Assert.DoesNotContain("the-session-token", session.Started.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RepeatedAfterItsTokenWasGiven_SaysSo()
    {
        var server = new FakeServer().Then(201, Started.Replace(",\"token\":\"the-session-token\"", "", StringComparison.Ordinal));
        Assert.Equal("token-already-given", (await Assert.ThrowsAsync<GovernedAgentsException>(() => server.Client().StartSessionAsync(new StartSessionOptions { Agent = "ops" }, Stop))).Slug);
    }

    [Fact]
    public async Task Tools_AreReadToTheLastPage()
    {
        static string Tool(string name) => $$"""{"name":"{{name}}","description":"d","inputSchema":{"type":"object"},"schemaHash":"sha256:s","effect":"read","connector":"mcp"}""";
        var server = new FakeServer().Then(200, $$"""{"items":[{{Tool("a")}}],"next":"c 2"}""").Then(200, $$"""{"items":[{{Tool("b")}}],"next":null}""");
        Assert.Equal(["a", "b"], (await server.Session().ToolsAsync("prod", Stop)).Select(tool => tool.Name));
        Assert.Equal("/base/v1/tools?environment=prod&limit=200&cursor=c%202", server.Requests[1].Path);
    }

    [Fact]
    public async Task Filters_AreWrittenInTheApisWords()
    {
        var empty = """{"items":[],"next":null}""";
        var server = new FakeServer().Then(200, empty).Then(200, empty);
        await server.Client().Calls.ListAsync(new CallFilter { State = CallState.OutcomeUnknown, Environment = "a&b" }, cancellation: Stop);
        await server.Client().Approvals.ListAsync(new ApprovalFilter { State = ApprovalState.Pending, Mine = true }, new PageOptions(5), Stop);
        Assert.Equal(["/base/v1/calls?environment=a%26b&state=outcome_unknown&limit=50", "/base/v1/approvals?state=pending&reviewer=me&limit=5"], server.Requests.Select(one => one.Path));
    }

    [Fact]
    public async Task Export_CopiesEveryByteAndTakesAnyMediaType()
    {
        var server = new FakeServer().Then(200, "{\"pos\":1}\n{\"root\":\"ü\"}\n").Then(403, Wire.Problem(403, "forbidden"));
        using var target = new MemoryStream();
        await server.Client().Audit.ExportAsync(target, Stop);
        Assert.Equal("{\"pos\":1}\n{\"root\":\"ü\"}\n", Encoding.UTF8.GetString(target.ToArray()));
        Assert.Equal("*/*", server.Requests[0].Header("Accept"));
        Assert.Equal("forbidden", (await Assert.ThrowsAsync<GovernedAgentsException>(() => server.Client().Audit.ExportAsync(target, Stop))).Slug);
    }

    [Fact]
    public async Task Registration_ResolvesAClientThatUsesTheNamedHttpClient()
    {
        using var server = new FakeServer().Then(200, """{"halted":true,"epoch":4}""");
        var services = new ServiceCollection().AddGovernedAgentsClient(options =>
        {
            options.Server = new Uri("https://gov.example");
            options.Token = _ => ValueTask.FromResult<string?>("t");
        });
        services.AddHttpClient(GovernedAgentsClientRegistration.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => server);
        await using var provider = services.BuildServiceProvider();
        Assert.True((await provider.GetRequiredService<GovernedAgentsClient>().Fleet.GetAsync(Stop)).Halted);
        Assert.Equal("Bearer t", server.Requests[0].Header("Authorization"));
    }

    [Fact]
    public void Registration_WithoutAServer_SaysWhichCallRepairsIt()
    {
        using var provider = new ServiceCollection().AddGovernedAgentsClient(_ => { }).BuildServiceProvider();
        Assert.Contains("AddGovernedAgentsClient(options => options.Server", Assert.Throws<InvalidOperationException>(provider.GetRequiredService<GovernedAgentsClient>).Message, StringComparison.Ordinal);
    }
}
