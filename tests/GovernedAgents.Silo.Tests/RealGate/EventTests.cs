using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Tests.RealGate;

public sealed class EventTests(RealHost host) : IClassFixture<RealHost>
{
    private const string Delete = """{"environment":"cost-explorer-cn-prod","stack":"web"}""";

    [Fact]
    public async Task Listener_HearsOfAReview_FromAskingToItsEnd_AndResumesAfterAnyEvent()
    {
        var (session, agent) = await host.StartSessionAsync();
        var heard = HearAsync(host.Operator, about => (string?)about["session"] == session, "approval.updated call.updated", before: await HeadAsync());
        var held = await host.CallAsync(agent, "ops.delete_stack", Delete);
        var approval = (await host.GetAsync($"/v1/approvals/{held.Json!["approval"]!["id"]}", host.Reviewer("alice"))).Json!;
        await host.VoteAsync(approval, host.Reviewer("alice"), "deny");

        var events = await heard;
        Assert.Equal(["approval.requested", "approval.updated", "call.updated"], events.Select(item => item.EventType).Distinct().Order());
        Assert.All(events, item => Assert.Equal((string?)approval["id"], (string?)JsonNode.Parse(item.Data)!["approval"]));
        Assert.Equal(events.Select(item => long.Parse(item.EventId!)).Order(), events.Select(item => long.Parse(item.EventId!)));

        var asked = events.First(item => item.EventType == "approval.requested");
        var again = await HearAsync(host.Operator, about => (string?)about["session"] == session, "approval.updated", before: asked.EventId);
        Assert.DoesNotContain(again, item => item.EventType == "approval.requested");
    }

    [Theory]
    [InlineData("session", "call.updated session.updated")]
    [InlineData("developer", "call.updated session.updated")]
    [InlineData("stranger", "")]
    [InlineData("reviewer", "approval.requested approval.updated call.updated")]
    [InlineData("other reviewer", "approval.requested approval.updated")]
    public async Task Listener_HearsOnlyWhatItMayRead(string who, string types)
    {
        var head = await HeadAsync();
        var (session, agent) = await host.StartSessionAsync();
        var held = await host.CallAsync(agent, "ops.delete_stack", Delete);
        await host.PostAsync($"/v1/calls/{held.Json!["id"]}/cancel", agent, null);
        await host.PostAsync($"/v1/sessions/{session}/end", agent, null);
        // Every person hears of a frozen environment: what came before it and was not heard will not come.
        await host.PostAsync($"/v1/environments/{RealHost.Production}/freeze", host.Operator, """{"reason":"the end of the test"}""");
        await host.PostAsync($"/v1/environments/{RealHost.Production}/unfreeze", host.Operator, """{"reason":"the end of the test"}""");

        var token = who switch
        {
            "session" => agent,
            "developer" => host.Developer,
            "stranger" => host.Person("stranger", "developers", "developer"),
            "reviewer" => host.Reviewer("alice"),
            _ => host.Person("rex", "other", "reviewer"),
        };
        var events = await HearAsync(token, about => (string?)about["session"] == session, who == "session" ? types : "environment.updated", before: head);
        Assert.Equal(types, string.Join(' ', events.Select(item => item.EventType).Distinct().Order()));
    }

    [Fact]
    public async Task Listener_WithAnIdThatIsNone_Is400() =>
        (await host.SendAsync("GET", "/v1/events", host.Operator, null, ("Last-Event-ID", "yesterday"))).IsProblem(400, "bad-request");

    private async Task<string> HeadAsync() => (string)(await host.GetAsync("/v1/audit/streams?limit=200", host.Operator)).Json!["items"]!.AsArray().Max(stream => (long)stream!["lastPos"]!).ToString();

    /// <summary>What concerns the test, until all of these types were heard; of an environment anybody's will do.</summary>
    private async Task<List<SseItem<string>>> HearAsync(string token, Func<JsonNode, bool> concerns, string untilTypes, string? before)
    {
        var events = new List<SseItem<string>>();
        var missing = untilTypes.Split(' ').ToHashSet();
        await foreach (var item in host.ListenAsync(token, before))
        {
            var about = concerns(JsonNode.Parse(item.Data)!);
            if (about) events.Add(item);
            if (about || item.EventType == "environment.updated") missing.Remove(item.EventType);
            if (missing.Count == 0) break;
        }

        return events;
    }
}
