using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>Every endpoint × every kind of bad input, on the whole product: the specified problem each time, and nothing recorded or started by any of it.</summary>
public sealed class BadInputTests(RealHost host) : IClassFixture<RealHost>
{
    /// <param name="Who">A role, or <c>session</c>.</param>
    /// <param name="Body">One that is read; null: the endpoint takes none.</param>
    /// <param name="Query">One that a list knows; null: it is no list.</param>
    private sealed record Row(string Who, string? Body = null, string? Query = null);

    // {session}, {call}, {approval}: ones that are there, so that only what is bad about the request is refused.
    private static readonly Dictionary<string, Row> Rows = new()
    {
        ["POST /v1/sessions"] = new("developer", """{"agent":"fixer","goal":"mend","tier":"supervised","labels":{"a":"b"},"expiresIn":"PT1H"}"""),
        ["GET /v1/sessions"] = new("developer", Query: "state=active"),
        ["GET /v1/sessions/{session}"] = new("developer"),
        ["GET /v1/sessions/{session}/conversation"] = new("developer"),
        ["POST /v1/sessions/{session}/token"] = new("session", "{}"),
        ["POST /v1/sessions/{session}/end"] = new("developer", """{"reason":"r"}"""),
        ["POST /v1/sessions/{session}/pause"] = new("developer", """{"reason":"r"}"""),
        ["POST /v1/sessions/{session}/resume"] = new("developer", """{"reason":"r"}"""),
        ["POST /v1/sessions/{session}/quarantine"] = new("developer", """{"reason":"r"}"""),
        ["POST /v1/sessions/{session}/tier"] = new("developer", """{"tier":"observe","reason":"r"}"""),
        ["GET /v1/tools"] = new("developer"),
        ["GET /v1/environments/{environment}/tools"] = new("operator"),
        ["POST /v1/environments/{environment}/tools/{tool}/accept"] = new("operator", """{"schemaHash":"sha256:0"}"""),
        ["POST /v1/calls"] = new("session", """{"environment":"shop-prod","tool":"ops.update_stack","arguments":{"environment":"cost-explorer-cn-prod","stack":"web","parameters":{}},"reason":"r","dryRun":false}"""),
        ["GET /v1/calls"] = new("operator", Query: "state=executing"),
        ["GET /v1/calls/{call}"] = new("operator"),
        ["GET /v1/calls/{call}/receipt"] = new("operator"),
        ["POST /v1/calls/{call}/cancel"] = new("developer", "{}"),
        ["POST /v1/calls/{call}/resolve"] = new("operator", """{"outcome":"succeeded","note":"n"}"""),
        ["GET /v1/approvals"] = new("reviewer", Query: "state=pending"),
        ["GET /v1/approvals/{approval}"] = new("reviewer"),
        ["POST /v1/approvals/{approval}/votes"] = new("reviewer", """{"decision":"approve","reason":"r","callHash":"sha256:0","renderHash":"sha256:0","policyVersion":"sha256:0"}"""),
        ["GET /v1/environments"] = new("developer", Query: ""),
        ["GET /v1/environments/{environment}"] = new("developer"),
        ["POST /v1/environments/{environment}/freeze"] = new("operator", """{"reason":"r","blocks":["mutate"]}"""),
        ["POST /v1/environments/{environment}/unfreeze"] = new("operator", """{"reason":"r"}"""),
        ["GET /v1/fleet"] = new("operator"),
        ["POST /v1/fleet/halt"] = new("operator", """{"reason":"r"}"""),
        ["POST /v1/fleet/resume"] = new("operator", """{"reason":"r"}"""),
        ["GET /v1/agents"] = new("operator", Query: ""),
        ["POST /v1/agents/{agent}/kill"] = new("operator", """{"reason":"r"}"""),
        ["POST /v1/agents/{agent}/revive"] = new("operator", """{"reason":"r"}"""),
        ["GET /v1/events"] = new("developer"),
        ["GET /v1/policies"] = new("developer", Query: ""),
        ["GET /v1/policies/{policy}"] = new("developer"),
        ["GET /v1/policies/{policy}/versions/{version}"] = new("developer"),
        ["POST /v1/policies/validate"] = new("operator", """{"source":"kind: Policy"}"""),
        ["POST /v1/policies/simulate"] = new("operator", """{"source":"kind: Policy"}"""),
        ["POST /v1/policies/{policy}/versions"] = new("operator", """{"source":"kind: Policy"}"""),
        ["GET /v1/audit/records"] = new("auditor", Query: "stream=fleet"),
        ["GET /v1/audit/streams"] = new("auditor", Query: ""),
        ["GET /v1/audit/checkpoints"] = new("auditor"),
        ["GET /v1/audit/export"] = new("auditor"),
    };

    public static TheoryData<string> All => [.. Rows.Keys];
    public static TheoryData<string> WithBody => [.. Rows.Where(row => row.Value.Body is not null).Select(row => row.Key)];
    public static TheoryData<string> Lists => [.. Rows.Where(row => row.Value.Query is not null).Select(row => row.Key)];
    public static TheoryData<string> WithId => [.. Rows.Keys.Where(row => row.Contains('{', StringComparison.Ordinal))];

    [Fact]
    public void Endpoints_AllOfTheApi_HaveARowHere()
    {
        var served = host.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"))
            .Where(endpoint => endpoint.Contains(" /v1/", StringComparison.Ordinal)).Select(Shape);
        Assert.Equal(Rows.Keys.Select(Shape).Order(), served.Order());

        static string Shape(string endpoint) => System.Text.RegularExpressions.Regex.Replace(endpoint, "{[a-z]+}", "{}");
    }

    [Theory, MemberData(nameof(WithBody))]
    public Task Body_ThatIsUnsound_IsRefusedWithItsSlug(string row) => NothingHappensAsync(async place =>
    {
        var body = Rows[row].Body!;
        var first = JsonNode.Parse(body)!.AsObject().FirstOrDefault().Key ?? "x";
        async Task Refused(string slug, int status, string text) => (await SendAsync(row, place, Json(text))).IsProblem(status, slug);

        await Refused("bad-request", 400, "{");
        await Refused("bad-request", 400, "[]");
        await Refused("bad-request", 400, "\"text\"");
        await Refused("bad-request", 400, "null");
        await Refused("bad-request", 400, With(body, "unheardOf", 1));
        await Refused("duplicate-key", 400, $$"""{"{{first}}":1,"{{first}}":1}""");
        await Refused("lone-surrogate", 400, $$"""{"{{first}}":"\ud800"}""");
        await Refused("number-not-representable", 400, $$"""{"{{first}}":1e400}""");
        await Refused("number-not-representable", 400, $$"""{"{{first}}":9007199254740993}""");
        await Refused("too-deep", 400, $$"""{"{{first}}":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""");
        await Refused("too-large", 413, body + new string(' ', 1024 * 1024 + 1 - Encoding.UTF8.GetByteCount(body)));
        (await SendAsync(row, place, new StringContent(body, Encoding.UTF8, "text/plain"))).IsProblem(415, "unsupported-media-type");
    });

    [Theory, MemberData(nameof(WithBody))]
    public Task Member_OfAWrongType_OrMissing_IsRefusedAtItsPointer(string row) => NothingHappensAsync(async place =>
    {
        var body = Rows[row].Body!;
        foreach (var (member, value) in JsonNode.Parse(body)!.AsObject())
        {
            JsonNode[] others = [7, new JsonArray(new JsonArray()), new JsonObject { ["a"] = 1 }, true, "\u0000", new string('x', 5_000)];
            foreach (var other in others.Where(other => !Fits(row, member, value!, other)))
            {
                var reply = await SendAsync(row, place, Json(With(body, member, other)));
                reply.IsProblem(400, "bad-request");
                Assert.All(reply.Json!["errors"]!.AsArray(), error => Assert.StartsWith($"/{member}", error!["pointer"]!.GetValue<string>(), StringComparison.Ordinal));
            }
        }
    });

    [Theory, MemberData(nameof(All))]
    public Task Token_ThatIsNone_IsRefusedEverywhere(string row) => NothingHappensAsync(async place =>
    {
        var claims = TokenForge.Claims(Rows[row].Who);
        string[] tokens =
        [
            TokenForge.Assemble("none", null, claims, _ => []),
            Changed(claims, "exp", TokenForge.Now - 3_600),
            Changed(claims, "aud", "someone-else"),
            Changed(claims, "aud", SessionTokens.Audience),
            Changed(claims, "iss", "https://evil.example"),
            host.Forge.Es256((JsonObject)claims.DeepClone(), "unknown-key"),
            host.Forge.Es256((JsonObject)claims.DeepClone())[..^4] + "AAAA",
            place.Session[..^4] + "AAAA",
            "not-a-token",
        ];
        foreach (var token in tokens) (await SendAsync(row, place, Json(Rows[row].Body), token)).IsProblem(401, "unauthenticated");
        (await SendAsync(row, place, Json(Rows[row].Body), "")).IsProblem(401, "unauthenticated");

        string Changed(JsonObject from, string claim, JsonNode value)
        {
            var changed = (JsonObject)from.DeepClone();
            changed[claim] = value;
            return host.Forge.Es256(changed);
        }
    });

    [Theory, MemberData(nameof(Lists))]
    public Task Query_ThatAListDoesNotTake_IsRefused(string row) => NothingHappensAsync(async place =>
    {
        string[] queries = ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=1e2", "limit=1&limit=2", "unheardOf=1", "cursor=%00", "cursor=bm9uZQ"];
        foreach (var query in queries)
        {
            var reply = await SendAsync(row, place, null, query: query);
            // A cursor of names is a name: any text stands somewhere among them.
            if (query.StartsWith("cursor", StringComparison.Ordinal) && Rows[row].Query is "" && reply.Status == 200) continue;
            reply.IsProblem(400, "bad-request");
        }

        if (Rows[row].Query is { Length: > 0 } known && known.StartsWith("state=", StringComparison.Ordinal)) (await SendAsync(row, place, null, query: "state=unheard")).IsProblem(400, "bad-request");
    });

    [Theory, MemberData(nameof(WithId))]
    public Task Id_OfNothing_IsNotFound(string row) => NothingHappensAsync(async place =>
    {
        foreach (var id in new[] { "nothing", "ses_0", "call_" + new string('a', 32), "apr_" + new string('0', 24), new string('x', 2_000), "..%2f..", "%F0%9F%92%A9", "'%20OR%201=1--" })
        {
            var reply = await SendAsync(System.Text.RegularExpressions.Regex.Replace(row, "{[a-z]+}", id), place, Json(Rows[row].Body), who: Rows[row].Who);
            Assert.True(reply.Status is 404, $"{row} with '{id}': {reply.Status} {reply.Text}");
        }
    });

    [Fact]
    public Task Arguments_AgainstTheSchema_AndUnknownNames_StartNothing() => NothingHappensAsync(async place =>
    {
        async Task Refused(int status, string slug, string body) => (await SendAsync("POST /v1/calls", place, Json(body))).IsProblem(status, slug);
        await Refused(404, "unknown-environment", """{"environment":"nowhere","tool":"ops.update_stack","arguments":{}}""");
        await Refused(404, "unknown-tool", """{"environment":"shop-prod","tool":"ops.unheard_of","arguments":{}}""");
        await Refused(404, "unknown-tool", """{"environment":"shop-prod","tool":"..","arguments":{}}""");
        await Refused(422, "invalid-arguments", """{"environment":"shop-prod","tool":"ops.update_stack","arguments":{"stack":7}}""");
        (await host.PostAsync("/v1/calls", place.Session, Rows["POST /v1/calls"].Body)).IsProblem(400, "bad-request");
        (await host.PostAsync("/v1/sessions", host.Developer, Rows["POST /v1/sessions"].Body)).IsProblem(400, "bad-request");
        (await host.PostAsync("/v1/sessions", host.Developer, """{"agent":"unheard-of","goal":"g","tier":"observe"}""", host.NewKey())).IsProblem(422, "unknown-agent");
        (await host.PostAsync($"/v1/approvals/{place.Approval}/votes", place.Session, Rows["POST /v1/approvals/{approval}/votes"].Body)).IsProblem(403, "forbidden");
    });

    private sealed record Place(string SessionId, string Session, string Call, string Approval);

    /// <summary>Asks, and compares what is recorded and what has happened in the cloud before and after.</summary>
    private async Task NothingHappensAsync(Func<Place, Task> ask)
    {
        var (id, session) = await host.StartSessionAsync();
        var held = (await host.CallAsync(session, "ops.delete_environment", """{"name":"cost-explorer-cn-prod"}""")).Json!;
        var place = new Place(id, session, held["id"]!.GetValue<string>(), held["approval"]!["id"]!.GetValue<string>());
        var journal = host.Services.GetRequiredService<IJournal>();
        var (recorded, effects) = (await journal.ReadCommittedPosAsync(TestContext.Current.CancellationToken), host.Effects.Count);
        await ask(place);
        Assert.Equal((recorded, effects), (await journal.ReadCommittedPosAsync(TestContext.Current.CancellationToken), host.Effects.Count));
        Assert.Equal(200, (await host.PostAsync($"/v1/calls/{place.Call}/cancel", session, null)).Status);
    }

    private async Task<Reply> SendAsync(string row, Place place, HttpContent? content, string? token = null, string? query = null, string? who = null)
    {
        var (method, path) = (row.Split(' ', 2)[0], row.Split(' ', 2)[1]);
        path = path.Replace("{session}", place.SessionId).Replace("{call}", place.Call).Replace("{approval}", place.Approval).Replace("{environment}", RealHost.Production)
            .Replace("{tool}", "ops.update_stack").Replace("{agent}", "fixer").Replace("{policy}", "strict").Replace("{version}", "sha256:0");
        who ??= Rows[row].Who;
        token ??= who switch { "session" => place.Session, "developer" => host.Developer, "reviewer" => host.Reviewer("alice"), _ => host.Operator };
        return await host.SendContentAsync(method, query is null ? path : $"{path}?{query}", token.Length == 0 ? null : token, method == "GET" ? null : content, ("Idempotency-Key", host.NewKey()), ("If-Match", "\"sha256:0\""));
    }

    private static StringContent? Json(string? text) => text is null ? null : new(text, Encoding.UTF8, "application/json");

    private static string With(string body, string member, JsonNode? value)
    {
        var changed = JsonNode.Parse(body)!.AsObject();
        changed[member] = value?.DeepClone();
        return changed.ToJsonString();
    }

    /// <summary>Whether the other value is one that this member takes, so that nothing is bad about it.</summary>
    private static bool Fits(string row, string member, JsonNode value, JsonNode other) => value.GetValueKind() switch
    {
        // A source may be any text; what is wrong in it is a problem of the policy.
        System.Text.Json.JsonValueKind.String when other.GetValueKind() == System.Text.Json.JsonValueKind.String =>
            member is "source" || member is not ("tier" or "decision" or "outcome" or "expiresIn") && other.GetValue<string>().Length < 64,
        System.Text.Json.JsonValueKind.Object => member == "arguments" && other is JsonObject,
        System.Text.Json.JsonValueKind.False or System.Text.Json.JsonValueKind.True => other.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        _ => row.Length == 0,
    };
}
