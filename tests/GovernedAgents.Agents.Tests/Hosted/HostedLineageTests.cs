using System.Net;
using System.Text.Json.Nodes;
using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Hosted;

/// <summary>A planner and its workers, all run by the silo.</summary>
public sealed class HostedLineageTests(HostedHost host) : IClassFixture<HostedHost>
{
    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private async Task<JsonNode[]> WorkersAsync(string planner, int count)
    {
        JsonNode[] Below(JsonNode page) => [.. page["items"]!.AsArray().Where(session => session!["parent"]?.GetValue<string>() == planner).Select(session => session!)];
        return Below(await HostedHost.UntilAsync(() => host.SendAsync("GET", "/v1/sessions?limit=200", host.Operator), page => Below(page).Length >= count, $"{count} workers"));
    }

    [Fact]
    public async Task Planner_HasWorkersDoIt_BelowItsTierAndBudget_AndNobodyOfTheLineageVotes()
    {
        var planner = await host.RunAsync(HostedHost.Planner, "plan the works");
        var workers = await WorkersAsync(planner, 2);
        Assert.All(workers, worker => Assert.Equal(("supervised", planner), (Text(worker["tier"]), Text(worker["lineage"]![0]))));
        var remover = workers.Single(worker => Text(worker["goal"]).Contains("two", StringComparison.Ordinal));
        var held = await host.HeldAsync(Text(remover["id"]));
        var approval = Text(held["approval"]!["id"]);

        // Dana started the planner: she may not vote on what its worker does, whatever else she is.
        var dana = host.Person("dana", "sre", "reviewer");
        var shown = await host.SendAsync("GET", $"/v1/approvals/{approval}", dana);
        using var vote = new HttpRequestMessage(HttpMethod.Post, $"/v1/approvals/{approval}/votes")
        {
            Headers = { { "Authorization", $"Bearer {dana}" }, { "If-Match", $"\"{shown["renderHash"]}\"" } },
            Content = System.Net.Http.Json.JsonContent.Create(new { decision = "approve", reason = "mine", callHash = Text(shown["callHash"]), renderHash = Text(shown["renderHash"]), policyVersion = Text(shown["policyVersion"]) }),
        };
        using var refused = await host.Http.SendAsync(vote, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("self-review", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await host.VoteAsync(approval, "approve");
        var ended = await host.EndedAsync(planner);
        // Two steps of each worker and two of its own.
        Assert.Equal((2, 6), (ended["hosted"]!["steps"]!.GetValue<int>(), ended["hosted"]!["stepsUsed"]!.GetValue<int>()));
        var calls = (await host.ConversationAsync(planner))["turns"]![0]!["calls"]!.AsArray();
        Assert.Equal(["Seen.", "Gone."], calls.Take(2).Select(call => Text(call!["answer"])));
        Assert.Equal(workers.Select(worker => Text(worker["id"])).Order(), calls.Take(2).Select(call => Text(call!["child"])).Order());
        Assert.StartsWith("Nothing was started: you may delegate to", Text(calls[2]!["answer"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workers_UseTheirPlannersBudget()
    {
        var ended = await host.EndedAsync(await host.RunAsync("hosted-tight-planner", "plan without end"));
        Assert.Equal((1, 3), (ended["hosted"]!["steps"]!.GetValue<int>(), ended["hosted"]!["stepsUsed"]!.GetValue<int>()));
        Assert.Contains("its budget of 3 steps is used up", Text(ended["stateReason"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndedPlanner_StopsItsWorkers(bool byKill)
    {
        var planner = await host.RunAsync(HostedHost.Planner, "plan the works");
        var remover = (await WorkersAsync(planner, 2)).Single(worker => Text(worker["goal"]).Contains("two", StringComparison.Ordinal));
        var held = await host.HeldAsync(Text(remover["id"]));
        if (byKill) await host.SendAsync("POST", $"/v1/agents/{HostedHost.Planner}/kill", host.Operator, new { reason = "odd" });
        else await host.SendAsync("POST", $"/v1/sessions/{planner}/end", host.Developer);
        Assert.Equal("What it worked for has ended.", Text((await host.EndedAsync(Text(remover["id"])))["stateReason"]));
        await HostedHost.UntilAsync(() => host.CallsAsync(Text(remover["id"])), calls => Text(calls[0]!["state"]) == "voided", "its held call is voided");
        Assert.DoesNotContain(host.Effects(), effect => effect["callId"]?.GetValue<string>() == Text(held["id"]));
        if (byKill) await host.SendAsync("POST", $"/v1/agents/{HostedHost.Planner}/revive", host.Operator, new { reason = "fine" });
    }
}
