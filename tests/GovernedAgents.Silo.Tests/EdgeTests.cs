using System.Net;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Tests;

public sealed class EdgeTests(EdgeHost host) : IClassFixture<EdgeHost>
{
    private const string Tag = "0a0a";

    [Fact]
    public async Task UnknownPath_Method_AndAccept_AreProblems()
    {
        var token = host.Forge.Person("operator");
        (await host.SendAsync("GET", "/v1/nothing", token)).IsProblem(404, "not-found");
        (await host.SendAsync("DELETE", "/v1/fleet", token)).IsProblem(405, "method-not-allowed");
        (await host.SendAsync("GET", "/v1/fleet", token, (string?)null, ("Accept", "text/html"))).IsProblem(406, "not-acceptable");
        (await host.SendAsync("GET", "/v1/environments?limt=3", token)).IsProblem(400, "bad-request");
        (await host.SendAsync("GET", "/v1/environments?limit=201", token)).IsProblem(400, "bad-request");
        (await host.SendAsync("GET", "/nothing", null)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Health_IsServedOnTheManagementListenerAlone_WhateverTheHostHeaderSays()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live", cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/ready", cancellation)).StatusCode);
        Assert.Contains("dotnet_", await host.Management.GetStringAsync("/metrics", cancellation), StringComparison.Ordinal);
        (await host.SendAsync("GET", "/metrics", null, (string?)null)).IsProblem(404, "not-found");
        (await host.SendAsync("GET", "/health/live", null, (string?)null, ("Host", host.Management.BaseAddress!.Authority))).IsProblem(404, "not-found");
        foreach (var path in new[] { "/v1/environments", "/docs", "/openapi/v1.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host.Client.BaseAddress!.Authority;
            Assert.Equal(HttpStatusCode.NotFound, (await host.Management.SendAsync(request, cancellation)).StatusCode);
        }
    }

    [Fact]
    public async Task Health_WhenTheRuntimeIsNotReady_Is503WithTheReason()
    {
        await using var own = new EdgeHost();
        await own.InitializeAsync();
        own.Readiness.On("get_NotReadyBecause", _ => "The configuration is not active yet.");
        var reply = await own.Management.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Contains("not active yet", await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await own.Management.GetAsync("/health/live", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Answers_CarrySecurityHeaders_AndNoServerName()
    {
        foreach (var reply in new[] { await host.SendAsync("GET", "/v1/environments", host.Forge.Person("auditor")), await host.SendAsync("GET", "/v1/environments", null) })
        {
            Assert.Contains("default-src 'none'", reply.Headers["Content-Security-Policy"]);
            Assert.Equal("nosniff", reply.Headers["X-Content-Type-Options"]);
            Assert.Equal("no-store", reply.Headers["Cache-Control"]);
            Assert.False(reply.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task Concurrency_BeyondTheBoundAndTheQueue_Is503WithRetryAfter()
    {
        await using var own = new EdgeHost { Settings = ["--Governance:Edge:MaxConcurrent=1", "--Governance:Edge:MaxQueued=0"] };
        await own.InitializeAsync();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        own.Grains.Place<IFleetGrain>("0").On("AgentsAsync", _ => HoldAsync());
        var token = own.Forge.Person("operator");
        var first = own.SendAsync("GET", "/v1/agents", token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var refused = await own.SendAsync("GET", "/v1/agents", token);
        release.SetResult();
        refused.IsProblem(503, "unavailable");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        Assert.Equal(200, (await first).Status);

        async Task<IReadOnlyList<AgentSnapshot>> HoldAsync()
        {
            entered.TrySetResult();
            await release.Task;
            return [];
        }
    }

    [Fact]
    public async Task Vote_WithoutIfMatch_Is428_AndAsksForNothingThatCouldCount()
    {
        var grain = Approval("apr_428").On("VoteAsync", _ => Task.FromResult<Answer<ApprovalSnapshot>>(new Refusal { Slug = "stale-vote", Detail = "stale" }));
        (await VoteAsync("apr_428", null)).IsProblem(428, "precondition-required");
        var vote = (CastVote)Assert.Single(grain.Received("VoteAsync"))[0]!;
        Assert.Equal(("", ""), (vote.IfMatch, vote.RenderHash));
    }

    [Fact]
    public async Task Vote_WithoutIfMatch_ByWhoIsNotEligible_Is403First()
    {
        Approval("apr_403").On("VoteAsync", _ => Task.FromResult<Answer<ApprovalSnapshot>>(new Refusal { Slug = "self-review", Detail = "own" }));
        (await VoteAsync("apr_403", null)).IsProblem(403, "self-review");
    }

    [Theory]
    [InlineData("*")]
    [InlineData("W/\"0a0a\"")]
    [InlineData("0a0a")]
    [InlineData("\"0a0a\", \"0b0b\"")]
    public async Task Vote_WithAnythingButOneStrongTag_Is400(string tag)
    {
        var grain = Approval("apr_400");
        (await VoteAsync("apr_400", tag)).IsProblem(400, "bad-request");
        Assert.Empty(grain.Received("VoteAsync"));
    }

    [Fact]
    public async Task Vote_ThatCounts_Is201_AndTheSameAgainIs200()
    {
        Approval("apr_201").On("VoteAsync", _ => Task.FromResult<Answer<ApprovalSnapshot>>(Snapshot("apr_201", voted: true)));
        Approval("apr_200", voted: true).On("VoteAsync", _ => Task.FromResult<Answer<ApprovalSnapshot>>(Snapshot("apr_200", voted: true)));
        var first = await VoteAsync("apr_201", $"\"{Tag}\"");
        Assert.Equal((201, $"\"{Tag}\""), (first.Status, first.Headers["ETag"]));
        Assert.Equal(200, (await VoteAsync("apr_200", $"\"{Tag}\"")).Status);
        Assert.Equal("""{"effectLine":"x"}""", first.Json!["card"]!.ToJsonString());
        Assert.Equal("PT10M", first.Json["requirements"]![0]!["waitTimer"]!.GetValue<string>());
        Assert.Equal(["person", "decision", "reason", "at"], first.Json["votes"]![0]!.AsObject().Select(m => m.Key));
        Assert.Equal($"{host.Client.BaseAddress}v1/approvals/apr_201", first.Json["call"]!["approval"]!["url"]!.GetValue<string>());
        Assert.Equal("""{"force":true}""", first.Json["call"]!["arguments"]!.ToJsonString());
    }

    [Theory]
    [InlineData("alice", "developer", 200)]
    [InlineData("mallory", "developer", 404)]
    [InlineData("mallory", "reviewer", 200)]
    [InlineData("mallory", "auditor", 200)]
    [InlineData("outsider", "reviewer", 404)]
    public async Task Call_IsSeenByItsOwnAndItsReviewers_AndIs404ForOthers(string subject, string role, int status)
    {
        host.ReadModel.On("FindCallAsync", args => Task.FromResult((string)args[0]! == "call_seen" ? Call("call_seen") : null));
        var claims = TokenForge.Claims(role);
        claims["sub"] = subject;
        if (subject == "outsider") claims["groups"] = new JsonArray("finance");
        var reply = await host.SendAsync("GET", "/v1/calls/call_seen", host.Forge.Es256(claims));
        Assert.Equal(status, reply.Status);
        if (status == 200) Assert.Equal("\"7\"", reply.Headers["ETag"]);
    }

    [Fact]
    public async Task Call_OfAnotherSession_Is404ForASession()
    {
        host.ReadModel.On("FindCallAsync", args => Task.FromResult((string)args[0]! == "call_seen" ? Call("call_seen") : null));
        (await host.SendAsync("GET", "/v1/calls/call_seen", host.SessionToken("ses_cccccccccccccccccccccccccccccccc"))).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task Call_Unchanged_Is304_AndWithAWait_ComesWhenItChanges()
    {
        await using var own = new EdgeHost();
        await own.InitializeAsync();
        own.ReadModel.On("FindCallAsync", _ => Task.FromResult<CallSnapshot?>(Call("call_held")));
        var (asked, watches) = (own.Forge.Person("auditor"), 0);
        var environment = own.Grains.Place<IEnvironmentGrain>("prod").On("WatchAsync", _ => Task.FromResult<CallSnapshot?>(++watches < 3 ? Call("call_held") : Call("call_held") with { Version = 8 }));
        Assert.Equal(304, (await own.SendAsync("GET", "/v1/calls/call_held", asked, (string?)null, ("If-None-Match", "\"7\""))).Status);
        Assert.Empty(environment.Received("WatchAsync"));
        var changed = await own.SendAsync("GET", "/v1/calls/call_held", asked, (string?)null, ("If-None-Match", "\"7\""), ("Prefer", "wait=30"));
        Assert.Equal((200, "\"8\""), (changed.Status, changed.Headers["ETag"]));
        Assert.All(environment.Received("WatchAsync"), arguments => Assert.True((TimeSpan)arguments[2]! <= TimeSpan.FromSeconds(5)));
    }

    [Theory]
    [InlineData(CallStatus.Succeeded, 200, null)]
    [InlineData(CallStatus.OutcomeUnknown, 200, null)]
    [InlineData(CallStatus.DryRun, 200, null)]
    [InlineData(CallStatus.PendingReview, 202, null)]
    [InlineData(CallStatus.Executing, 202, null)]
    [InlineData(CallStatus.Approved, 202, null)]
    [InlineData(CallStatus.Denied, 403, "denied")]
    [InlineData(CallStatus.Throttled, 429, "throttled")]
    public async Task Submit_AnswersEachStateWithItsStatus(CallStatus state, int status, string? slug)
    {
        var id = "ses_" + Guid.NewGuid().ToString("N");
        host.Grains.Place<IAgentSessionGrain>(id).On("ReadAsync", _ => Task.FromResult<SessionSnapshot?>(EdgeHost.Active(id)))
            .On("SubmitAsync", args => Task.FromResult<Answer<CallSnapshot>>(Call(((SubmitCall)args[0]!).CallId) with { Session = id, State = state, RetryAfter = TimeSpan.FromMilliseconds(1200) }));
        var reply = await host.SendAsync("POST", "/v1/calls", host.SessionToken(id), """{"environment":"prod","tool":"t","arguments":{}}""", ("Idempotency-Key", "k"));
        if (slug is not null) reply.IsProblem(status, slug);
        Assert.Equal(status, reply.Status);
        if (slug is not null) Assert.Equal(("call_", "delete-needs-owner"), (reply.Json!["callId"]!.GetValue<string>()[..5], reply.Json["ruleIds"]![0]!.GetValue<string>()));
        if (status == 202) Assert.Equal($"/v1/calls/{reply.Json!["id"]}", reply.Headers["Location"]);
        if (status is 202 or 429) Assert.Equal("2", reply.Headers["Retry-After"]);
        if (status == 429) Assert.Equal("PT1.2S", reply.Json!["retryAfter"]!.GetValue<string>());
    }

    [Fact]
    public async Task StartSession_GivesATokenOnce_ThatStandsForTheSession()
    {
        var id = Ids.SessionOf(TokenForge.Issuer, "alice", "key-1");
        host.Grains.Place<IAgentSessionGrain>(id).On("StartAsync", _ => Task.FromResult<Answer<SessionSnapshot>>(EdgeHost.Active(id))).On("ReadAsync", _ => Task.FromResult<SessionSnapshot?>(EdgeHost.Active(id)));
        var started = await host.SendAsync("POST", "/v1/sessions", host.Forge.Person("developer"), """{"agent":"bot","goal":"g","tier":"supervised"}""", ("Idempotency-Key", "key-1"));
        Assert.Equal((201, $"/v1/sessions/{id}"), (started.Status, started.Headers["Location"]));
        var read = await host.SendAsync("GET", $"/v1/sessions/{id}", started.Json!["token"]!.GetValue<string>());
        Assert.Equal(200, read.Status);
        Assert.Null(read.Json!["token"]);
    }

    [Fact]
    public async Task Description_IsOpenApi31_WithEveryRequestTyped_AndThePageNeedsNothingFromElsewhere()
    {
        var document = (await host.SendAsync("GET", "/openapi/v1.json", null)).Json!;
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>());
        foreach (var (path, item) in document["paths"]!.AsObject())
            foreach (var (method, operation) in item!.AsObject().Where(o => o.Value is JsonObject))
            {
                Assert.True(operation!["responses"]!["401"] is not null, $"{method} {path} has no 401");
                Assert.True(operation["security"] is not null, $"{method} {path} has no security");
                foreach (var (_, content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
                    Assert.True(content!["schema"] is JsonObject { Count: > 0 }, $"{method} {path} takes an untyped body");
            }
        var page = await host.SendAsync("GET", "/docs/", null);
        Assert.Equal(200, page.Status);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page.Text);
    }

    private Fake<IApprovalGrain> Approval(string id, bool voted = false) => host.Grains.Place<IApprovalGrain>(id).On("ReadAsync", _ => Task.FromResult<ApprovalSnapshot?>(Snapshot(id, voted)));

    private Task<Reply> VoteAsync(string id, string? tag) => host.SendAsync("POST", $"/v1/approvals/{id}/votes", host.Forge.Person("reviewer"),
        $$"""{"decision":"approve","reason":"fine","callHash":"sha256:1","renderHash":"{{Tag}}","policyVersion":"sha256:2"}""", tag is null ? [] : [("If-Match", tag)]);

    private static ApprovalSnapshot Snapshot(string id, bool voted = false) => new()
    {
        Id = id, State = ApprovalStatus.Pending, Call = Call("call_x") with { Approval = Call("call_x").Approval! with { Id = id } }, EnvironmentClass = EnvironmentClass.Production, EnvironmentGeneration = 3,
        ToolSchemaHash = "sha256:3", Nonce = "n", CardJson = """{"effectLine":"x"}""", CallHash = "sha256:1", RenderHash = Tag, PolicyVersion = "sha256:2",
        Deadline = DateTimeOffset.UnixEpoch, CreatedAt = DateTimeOffset.UnixEpoch,
        Requirements = [new() { RuleId = "r", Quorum = [new() { From = ["group:sre"], Approvals = 1, Have = 0 }], Denials = 1, Denied = 0, WaitTimer = TimeSpan.FromMinutes(10) }],
        Votes = voted ? [new Vote { Person = "alice", Decision = VoteDecision.Approve, At = DateTimeOffset.UnixEpoch, Groups = ["sre"], Issuer = "i", Subject = "s" }] : [],
    };

    private static CallSnapshot Call(string id) => new()
    {
        Id = id, Session = EdgeHost.Session, Agent = "bot", Environment = "prod", Tool = "aws.call", ArgumentsJson = """{"force":true}""", State = CallStatus.PendingReview, Effect = EffectClass.Destroy,
        CallHash = "sha256:1", Decision = new() { Effect = DecisionEffect.Review, RuleIds = ["delete-needs-owner"], Reasons = ["It deletes."], PolicyVersion = "sha256:2" },
        Approval = new() { Id = "apr_x", State = ApprovalStatus.Pending, Needed = [new() { From = ["group:sre"], Approvals = 1, Have = 0 }], Deadline = DateTimeOffset.UnixEpoch },
        CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, Version = 7, Starter = "alice",
    };
}
