using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Hosted;

/// <summary>Agents that the silo runs itself.</summary>
public sealed class HostedAgentTests(HostedHost host) : IClassFixture<HostedHost>
{
    private static string Text(JsonNode? node) => node!.GetValue<string>();
    private int EffectsOn(string stack) => host.Effects().Count(effect => effect["tool"]!.GetValue<string>() == "delete_stack" && effect["arguments"]!["stack"]?.GetValue<string>() == stack);

    [Fact]
    public async Task Agent_ReadsAsksForADeletion_WaitsForPeople_AndFinishes()
    {
        var id = await host.RunAsync(HostedHost.Fixer, "mend web");
        var held = await host.HeldAsync(id);
        Assert.Equal("web", Text(held["arguments"]!["stack"]));
        Assert.Equal(0, EffectsOn("web"));
        await host.VoteAsync(Text(held["approval"]!["id"]), "approve");

        var ended = await host.EndedAsync(id);
        Assert.Equal("The agent has finished.", Text(ended["stateReason"]));
        Assert.Equal((3, 300), (ended["hosted"]!["stepsUsed"]!.GetValue<int>(), ended["hosted"]!["tokensUsed"]!.GetValue<int>()));
        Assert.Equal(1, EffectsOn("web"));
        var turns = (await host.ConversationAsync(id))["turns"]!.AsArray();
        Assert.Equal(["ops__list_stacks", "ops__delete_stack"], turns.SelectMany(turn => turn!["calls"]!.AsArray()).Select(call => Text(call!["name"])));
        Assert.Equal(held["id"]!.ToString(), turns[1]!["calls"]![0]!["call"]!.ToString());
        Assert.Contains("web", Text(turns[1]!["calls"]![0]!["answer"]), StringComparison.Ordinal);
        Assert.Equal("Mended.", Text(turns[2]!["text"]));
    }

    [Fact]
    public async Task DeniedCall_IsToldToTheModel()
    {
        var id = await host.RunAsync(HostedHost.Fixer, "remove api");
        await host.VoteAsync(Text((await host.HeldAsync(id))["approval"]!["id"]), "deny", "alice");
        await host.EndedAsync(id);
        Assert.Equal(0, EffectsOn("api"));
        Assert.Contains("Do not repeat it", Text((await host.ConversationAsync(id))["turns"]![0]!["calls"]![0]!["answer"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_IsToldOverServerSentEvents()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", host.Developer) } };
        using var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        var id = await host.RunAsync(HostedHost.Fixer, "leak");
        HashSet<string> states = [];
        while (!states.Contains("ended"))
        {
            var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            if (line?.StartsWith("data:", StringComparison.Ordinal) != true || !line.Contains("session.updated", StringComparison.Ordinal) || !line.Contains(id, StringComparison.Ordinal)) continue;
            states.Add(Text((await host.SessionAsync(id))["state"]));
        }
    }

    [Fact]
    public async Task WhatIsNoCall_IsAnsweredWithoutOne_AndTheModelsKeyIsASecret()
    {
        var id = await host.RunAsync(HostedHost.Fixer, "leak");
        await host.EndedAsync(id);
        Assert.Empty(await host.CallsAsync(id));
        var calls = (await host.ConversationAsync(id))["turns"]![0]!["calls"]!.AsArray();
        Assert.Contains("Mend the arguments", Text(calls[0]!["answer"]), StringComparison.Ordinal);
        Assert.Equal("There is no tool 'ops__no_such_tool'.", Text(calls[1]!["answer"]));
        Assert.Contains("Mend the arguments", Text(calls[2]!["answer"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PausedAgent_DoesNothing_UntilItIsResumed()
    {
        var id = await host.RunAsync(HostedHost.Fixer, "remove api");
        var held = await host.HeldAsync(id);
        await host.SendAsync("POST", $"/v1/sessions/{id}/pause", host.Developer);
        await host.VoteAsync(Text(held["approval"]!["id"]), "deny", "alice");
        await HostedHost.UntilAsync(() => host.CallsAsync(id), calls => Text(calls[0]!["state"]) == "denied", "the call is denied");
        var paused = await host.SessionAsync(id);
        Assert.Equal(("paused", 1), (Text(paused["state"]), paused["hosted"]!["steps"]!.GetValue<int>()));
        await host.SendAsync("POST", $"/v1/sessions/{id}/resume", host.Developer);
        await host.EndedAsync(id);
        Assert.Equal("Removed or not.", Text((await host.ConversationAsync(id))["turns"]![1]!["text"]));
        Assert.Single(await host.CallsAsync(id));
    }

    [Fact]
    public async Task CancelledAgent_WithdrawsWhatIsHeld()
    {
        var id = await host.RunAsync(HostedHost.Fixer, "remove api");
        await host.HeldAsync(id);
        await host.SendAsync("POST", $"/v1/sessions/{id}/end", host.Developer, new { reason = "enough" });
        Assert.Equal("voided", Text((await host.CallsAsync(id))[0]!["state"]));
        Assert.Equal(1, (await host.SessionAsync(id))["hosted"]!["steps"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("go on for ever", 4, "its budget of 4 steps is used up")]
    [InlineData("talk a lot", 2, "its budget of 1000 tokens is used up (1200)")]
    public async Task Budget_WhenItIsUsedUp_EndsTheAgent(string goal, int steps, string reason)
    {
        var id = await host.RunAsync(HostedHost.Frugal, goal);
        var ended = await host.EndedAsync(id);
        Assert.Equal(steps, ended["hosted"]!["steps"]!.GetValue<int>());
        Assert.Contains(reason, Text(ended["stateReason"]), StringComparison.Ordinal);
        Assert.Equal(steps, (await host.CallsAsync(id)).Count);
    }

    [Fact]
    public async Task ModelThatIsNotThere_IsAskedFiveTimes()
    {
        var ended = await host.EndedAsync(await host.RunAsync(HostedHost.Stranded, "anything"));
        Assert.Contains("could not be asked 5 times in a row", Text(ended["stateReason"]), StringComparison.Ordinal);
        Assert.Equal(5, ended["hosted"]!["steps"]!.GetValue<int>());
    }
}
