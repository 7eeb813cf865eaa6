using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>A policy's next version over HTTP: checked, simulated, proposed, voted on, in force.</summary>
public sealed class PolicyTests(RealHost host) : IClassFixture<RealHost>
{
    private const string Next = """
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: strict }
        spec:
          baseline: { supervised: { read: allow, mutate: deny, destroy: review } }
          review: { quorum: [ { from: [group:sre], approvals: 1 } ] }
        """;

    private static string Body(string source) => new JsonObject { ["source"] = source }.ToJsonString();

    [Fact]
    public async Task Validate_SaysEveryProblemWithItsPlace()
    {
        var reply = await host.PostAsync("/v1/policies/validate", host.Operator, Body(Next.Replace("mutate: deny", "mutate: never", StringComparison.Ordinal)));
        Assert.Equal(200, reply.Status);
        Assert.False(reply.Json!["valid"]!.GetValue<bool>());
        var problem = Assert.Single(reply.Json["problems"]!.AsArray())!;
        Assert.Equal(5, problem["line"]!.GetValue<int>());
        Assert.Contains("Accepted: allow, review, deny", problem["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var good = await host.PostAsync("/v1/policies/validate", host.Operator, Body(Next));
        Assert.StartsWith("sha256:", good.Json!["version"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proposal_IsSimulatedVotedOnAndInForce()
    {
        var (_, agent) = await host.StartSessionAsync();
        Assert.Equal(200, (await host.CallAsync(agent, "ops.list_stacks", """{"environment":"cost-explorer-cn-prod"}""")).Status);
        var simulated = await host.PostAsync("/v1/policies/simulate", host.Operator, Body(Next.Replace("read: allow", "read: review", StringComparison.Ordinal)));
        Assert.True(simulated.Json!["changed"]!.GetValue<int>() >= 1);
        Assert.Equal("review", simulated.Json["changes"]![0]!["after"]!["effect"]!.GetValue<string>());

        (await host.PostAsync("/v1/policies/other/versions", host.Operator, Body(Next))).IsProblem(404, "not-found");
        (await host.PostAsync("/v1/policies/strict/versions", host.Operator, Body(Next.Replace("name: strict", "name: loose", StringComparison.Ordinal)))).IsProblem(422, "invalid-policy");
        (await host.PostAsync("/v1/policies/simulate", host.Operator, Body("kind: Robot"))).IsProblem(422, "invalid-policy");

        var proposed = await host.PostAsync("/v1/policies/strict/versions", host.Operator, Body(Next));
        Assert.Equal(202, proposed.Status);
        var version = proposed.Json!["version"]!.GetValue<string>();
        var approval = (await host.GetAsync($"/v1/approvals/{proposed.Json["approval"]}", host.Reviewer("alice"))).Json!;
        Assert.Equal("governance:policy:Activate", approval["call"]!["action"]!.GetValue<string>());
        var inbox = await host.GetAsync("/v1/approvals?state=pending&reviewer=me", host.Reviewer("alice"));
        Assert.Contains(inbox.Json!["items"]!.AsArray(), item => item!["id"]!.GetValue<string>() == approval["id"]!.GetValue<string>());
        // The version in force asks for two, whatever the next one asks for; and who proposes does not agree to it.
        (await host.VoteAsync(approval, host.Person("olga", "sre", "reviewer"), "approve")).IsProblem(403, "self-review");
        Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("alice"), "approve")).Status);
        Assert.Equal("simulated", (await VersionAsync(version))["state"]!.GetValue<string>());
        Assert.Equal(201, (await host.VoteAsync(approval, host.Reviewer("bob"), "approve")).Status);

        for (var round = 0; (await VersionAsync(version))["state"]!.GetValue<string>() != "active" || await InForceAsync() != version; round++)
            Assert.True(round < 2_000, "The approved version did not come into force.");
        Assert.Equal("superseded", (await host.GetAsync("/v1/policies/strict", host.Operator)).Json!["versions"]![1]!["state"]!.GetValue<string>());
        (await host.PostAsync("/v1/policies/strict/versions", host.Operator, Body(Next))).IsProblem(409, "conflict");
    }

    private async Task<JsonNode> VersionAsync(string version) => (await host.GetAsync($"/v1/policies/strict/versions/{version}", host.Operator)).Json!;

    private async Task<string> InForceAsync() => (await host.GetAsync($"/v1/environments/{RealHost.Production}", host.Operator)).Json!["policyVersion"]!.GetValue<string>();
}
