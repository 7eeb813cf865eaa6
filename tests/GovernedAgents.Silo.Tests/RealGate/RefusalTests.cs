namespace GovernedAgents.Silo.Tests.RealGate;

public sealed class RefusalTests(RealHost host) : IClassFixture<RealHost>
{
    private const string Read = "ops.list_stacks";
    private const string Stacks = """{"environment":"cost-explorer-cn-prod"}""";

    [Theory]
    [InlineData("""{"n":1e400}""", "number-not-representable")]
    [InlineData("""{"n":9007199254740993}""", "number-not-representable")]
    [InlineData("""{"a":1,"\u0061":2}""", "duplicate-key")]
    [InlineData("""{"a":"\ud800"}""", "lone-surrogate")]
    public async Task Submit_WhenTheJsonIsUnsound_Is400WithItsSlug(string arguments, string slug) =>
        (await host.CallAsync((await host.StartSessionAsync()).Token, Read, arguments)).IsProblem(400, slug);

    [Fact]
    public async Task Submit_WhenSomethingIsUnknownMissingOrReused_SaysWhich()
    {
        var (_, agent) = await host.StartSessionAsync();
        (await host.CallAsync(agent, Read, Stacks, environment: "nowhere")).IsProblem(404, "unknown-environment");
        (await host.CallAsync(agent, "ops.nothing", Stacks)).IsProblem(404, "unknown-tool");
        (await host.PostAsync("/v1/calls", agent, "{}")).IsProblem(400, "bad-request");
        var invalid = await host.CallAsync(agent, "ops.update_stack", """{"zz":1,"stack":5}""");
        invalid.IsProblem(422, "invalid-arguments");
        Assert.Equal(4, invalid.Json!["errors"]!.AsArray().Count);
        Assert.Equal(200, (await host.CallAsync(agent, Read, Stacks, "reused")).Status);
        (await host.CallAsync(agent, Read, Stacks, "reused", more: ""","dryRun":true""")).IsProblem(409, "idempotency-key-reused");
        (await host.CallAsync(host.Developer, Read, Stacks)).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task Submit_WhenTheLimitIsSpent_Is429WithRetryAfter()
    {
        var (_, agent) = await host.StartSessionAsync();
        const string update = """{"environment":"cost-explorer-cn-prod","stack":"web","parameters":{}}""";
        Assert.Equal(200, (await host.CallAsync(agent, "ops.update_stack", update)).Status);
        var spent = await host.CallAsync(agent, "ops.update_stack", update);
        spent.IsProblem(429, "throttled");
        Assert.True(int.Parse(spent.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture) > 3000);
    }

    [Fact]
    public async Task Session_WhenPausedOrEnded_StartsNothing()
    {
        var (id, agent) = await host.StartSessionAsync();
        Assert.Equal(200, (await host.PostAsync($"/v1/sessions/{id}/pause", host.Developer, null)).Status);
        var paused = await host.CallAsync(agent, Read, Stacks);
        paused.IsProblem(403, "denied");
        Assert.Equal("session-paused", paused.Json!["ruleIds"]![0]!.GetValue<string>());
        Assert.Equal(200, (await host.PostAsync($"/v1/sessions/{id}/end", agent, null)).Status);
        (await host.CallAsync(agent, Read, Stacks)).IsProblem(401, "unauthenticated");
        Assert.Equal(200, (await host.GetAsync($"/v1/sessions/{id}", agent)).Status);
    }

    [Fact]
    public async Task Absent_Approval_Session_AndCall_Are404()
    {
        foreach (var path in new[] { "approvals/apr_000000000000000000000000", "sessions/ses_00000000", "calls/call_00000000" })
        {
            // Twice: the first question must leave nothing behind that answers otherwise.
            (await host.GetAsync("/v1/" + path, host.Operator)).IsProblem(404, "not-found");
            (await host.GetAsync("/v1/" + path, host.Operator)).IsProblem(404, "not-found");
        }
    }

    [Fact]
    public async Task Vote_ByTheStarter_ByAStranger_OrOnSomethingElse_IsRefused()
    {
        var (_, agent) = await host.StartSessionAsync();
        var held = await host.CallAsync(agent, "ops.delete_stack", """{"environment":"cost-explorer-cn-prod","stack":"web"}""");
        var approval = (await host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", host.Reviewer("alice"))).Json!;
        (await host.VoteAsync(approval, host.Person("dana", "sre", "reviewer"), "approve")).IsProblem(403, "self-review");
        (await host.VoteAsync(approval, host.Person("rex", "other", "reviewer"), "approve")).IsProblem(403, "not-eligible");
        var changed = approval.DeepClone();
        changed["callHash"] = "sha256:" + new string('0', 64);
        (await host.VoteAsync(changed, host.Reviewer("alice"), "approve")).IsProblem(412, "stale-vote");
        Assert.Equal(200, (await host.PostAsync($"/v1/calls/{held.Json["id"]}/cancel", agent, null)).Status);
        (await host.PostAsync($"/v1/calls/{held.Json["id"]}/cancel", agent, null)).IsProblem(409, "already-started");
    }
}
