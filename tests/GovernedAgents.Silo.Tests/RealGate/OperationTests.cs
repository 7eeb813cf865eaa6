using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>What happens to a silo in operation: keys rotate, files change, agents overdo it.</summary>
public sealed class OperationTests
{
    private const string Delete = "ops.delete_environment";
    private const string Read = "ops.list_stacks";
    private const string Name = """{"name":"cost-explorer-cn-prod"}""";
    private const string Stacks = """{"environment":"cost-explorer-cn-prod"}""";

    [Fact]
    public async Task Keys_RotatedInTheJwksFile_EndTheOldTokens_AndLeaveSessionsAlone()
    {
        await using var host = new RealHost();
        await host.InitializeAsync();
        var (_, agent) = await host.StartSessionAsync();
        var before = host.Operator;
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var after = TokenForge.Es256(next, TokenForge.Claims("operator"), "next");
        Assert.Equal((200, 401), ((await host.GetAsync("/v1/fleet", before)).Status, (await host.GetAsync("/v1/fleet", after)).Status));

        await File.WriteAllTextAsync(host.JwksPath, new JsonObject { ["keys"] = new JsonArray(TokenForge.Ec(next, "next")) }.ToJsonString(), TestContext.Current.CancellationToken);

        Assert.Equal((401, 200), ((await host.GetAsync("/v1/fleet", before)).Status, (await host.GetAsync("/v1/fleet", after)).Status));
        Assert.Equal(200, (await host.CallAsync(agent, Read, Stacks)).Status);
    }

    [Fact]
    public async Task ChangedPolicyFile_VoidsWhatWaits_AndNoVoteCarriesOver()
    {
        await using var host = new RealHost();
        await host.InitializeAsync();
        var (_, agent) = await host.StartSessionAsync();
        var held = await host.CallAsync(agent, Delete, Name);
        var approval = await ApprovalAsync(host, held);
        Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("alice"), "approve")).Status);

        // One approval would do now, and alice has given one: for another policy.
        await host.RestartAsync(text => text.Replace("approvals: 2", "approvals: 1", StringComparison.Ordinal));

        var call = (await host.GetAsync($"/v1/calls/{held.Json!["id"]}", host.Operator)).Json!;
        Assert.Equal("voided", call["state"]!.GetValue<string>());
        (await host.VoteAsync(approval, host.Reviewer("bob"), "approve")).IsProblem(409, "already-decided");
        Assert.Empty(host.Effects);

        var again = await host.CallAsync(agent, Delete, Name);
        Assert.NotEqual(call["decision"]!["policyVersion"]!.GetValue<string>(), again.Json!["decision"]!["policyVersion"]!.GetValue<string>());
        Assert.Equal(201, (await host.VoteAsync(await ApprovalAsync(host, again), host.Reviewer("bob"), "approve")).Status);
        var ended = await host.SendAsync("GET", $"/v1/calls/{again.Json["id"]}", host.Operator, null);
        for (var round = 0; round < 20 && ended.Json!["state"]!.GetValue<string>() is "pending_review" or "approved" or "executing"; round++)
        {
            var changed = await host.SendAsync("GET", $"/v1/calls/{again.Json["id"]}", host.Operator, null, ("If-None-Match", ended.Headers["ETag"]), ("Prefer", "wait=5"));
            if (changed.Status == 200) ended = changed;
        }

        Assert.Equal("succeeded", ended.Json!["state"]!.GetValue<string>());
        Assert.Single(host.Effects);
    }

    [Fact]
    public async Task PendingReviews_OverTheLimit_Are429WithRetryAfter_AndRecordNothing()
    {
        await using var host = new RealHost { Change = text => text.Replace("tierCeiling: supervised\n", "tierCeiling: supervised\n  maxPending: { perSession: 2, total: 3 }\n", StringComparison.Ordinal) };
        await host.InitializeAsync();
        var (_, one) = await host.StartSessionAsync();
        var (_, other) = await host.StartSessionAsync();
        var first = await host.CallAsync(one, Delete, Name);
        Assert.Equal((202, 202, 202), (first.Status, (await host.CallAsync(one, Delete, Name)).Status, (await host.CallAsync(other, Delete, Name)).Status));

        RetryLater(await host.CallAsync(one, Delete, Name, "over"), "too-many-pending");
        RetryLater(await host.CallAsync(other, Delete, Name), "too-many-pending");
        Assert.Equal(200, (await host.CallAsync(one, Read, Stacks)).Status);

        // A 429 uses no key up.
        Assert.Equal(200, (await host.PostAsync($"/v1/calls/{first.Json!["id"]}/cancel", one, null)).Status);
        Assert.Equal(202, (await host.CallAsync(one, Delete, Name, "over")).Status);
    }

    [Fact]
    public async Task Intake_OverTheLimit_Is429WithRetryAfter_ForThatSessionAlone()
    {
        await using var host = new RealHost { Change = text => text.Replace("tierCeiling: supervised\n", "tierCeiling: supervised\n  intake: 3/1h\n", StringComparison.Ordinal) };
        await host.InitializeAsync();
        var (_, one) = await host.StartSessionAsync();
        for (var call = 0; call < 3; call++) Assert.Equal(200, (await host.CallAsync(one, Read, Stacks, $"call-{call}")).Status);
        RetryLater(await host.CallAsync(one, Read, Stacks), "intake-limit");
        // A repeat is no submission, and another session has an intake of its own.
        Assert.Equal(200, (await host.CallAsync(one, Read, Stacks, "call-0")).Status);
        Assert.Equal(200, (await host.CallAsync((await host.StartSessionAsync()).Token, Read, Stacks)).Status);
    }

    private static void RetryLater(Reply reply, string slug)
    {
        reply.IsProblem(429, slug);
        Assert.True(int.Parse(reply.Headers["Retry-After"], CultureInfo.InvariantCulture) > 0);
    }

    private static async Task<JsonNode> ApprovalAsync(RealHost host, Reply held) => (await host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", host.Reviewer("alice"))).Json!;
}
