using System.Text.Json;
using GovernedAgents.Connectors.Tests.StdioOutcomes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Xunit;

namespace GovernedAgents.Connectors.Tests.HttpOutcomes;

/// <summary>A call over HTTP ends as failed only when it certainly had no effect; a read has none.</summary>
public sealed class HttpOutcomeTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Execute_WhenTheToolAnswers_AtOnceOrByEvents_Succeeds_AndTellsWhoAsks()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        Assert.Equal("""{"content":[{"type":"text","text":"{\"a\":1}"}]}""", (await it.CallAsync("echo", arguments: """{"a":1}""")).ResultJson);
        Assert.Equal("""{"content":[{"type":"text","text":"streamed"}]}""", (await it.CallAsync("events")).ResultJson);
        var (_, headers, body) = server.Requests.First(request => request.Body.Contains("tools/call", StringComparison.Ordinal));
        foreach (var header in new[] { $"Authorization: Bearer {McpHttpServer.Token}", "Mcp-Session-Id: ses-1", "MCP-Protocol-Version: 2025-06-18", "Accept: application/json, text/event-stream" })
            Assert.Contains(header, headers, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("call_1", JsonDocument.Parse(body).RootElement.GetProperty("params").GetProperty("_meta").GetProperty("governedagents/callId").GetString());
        await ScriptedServer.UntilAsync("its ping is answered", () => Task.FromResult(server.Requests.Any(request => request.Body.Contains("\"id\":\"ask\",\"result\":{}", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("status_401", OutcomeKind.Failed, "unauthorized")]
    [InlineData("status_403", OutcomeKind.Failed, "unauthorized")]
    [InlineData("status_404", OutcomeKind.Failed, "session-lost")]
    [InlineData("status_413", OutcomeKind.Failed, "http-refused")]
    [InlineData("status_429", OutcomeKind.Failed, "upstream-throttled")]
    [InlineData("status_400", OutcomeKind.Unknown, "http-error")]
    [InlineData("status_408", OutcomeKind.Unknown, "http-error")]
    [InlineData("status_500", OutcomeKind.Unknown, "http-error")]
    [InlineData("status_502", OutcomeKind.Unknown, "http-error")]
    [InlineData("status_503", OutcomeKind.Unknown, "http-error")]
    [InlineData("resets", OutcomeKind.Unknown, "connection-lost")]
    [InlineData("cut", OutcomeKind.Unknown, "connection-lost")]
    [InlineData("breaks_off_for_good", OutcomeKind.Unknown, "connection-lost")]
    [InlineData("oversized", OutcomeKind.Unknown, "oversized")]
    [InlineData("oversized_event", OutcomeKind.Unknown, "oversized")]
    [InlineData("malformed", OutcomeKind.Unknown, "malformed-answer")]
    [InlineData("malformed_event", OutcomeKind.Unknown, "malformed-answer")]
    [InlineData("accepted", OutcomeKind.Unknown, "malformed-answer")]
    [InlineData("page", OutcomeKind.Unknown, "malformed-answer")]
    public async Task Execute_ThatIsNotAnswered_SaysWhatIsCertain_IsSentOnce_AndTheNextCallGoesThrough(string tool, OutcomeKind kind, string slug)
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        var outcome = await it.CallAsync(tool, EffectClass.Mutate);
        Assert.Equal((kind, slug, 1), (outcome.Kind, outcome.ErrorSlug, server.Effects));
        Assert.DoesNotContain(McpHttpServer.Token, outcome.ErrorDetail + outcome.ResultJson, StringComparison.Ordinal);
        await it.BackAsync();
        Assert.Equal((OutcomeKind.Failed, slug), await EndAsync(it.CallAsync(tool, EffectClass.Read)));
        Assert.DoesNotContain(it.Log.Lines, line => line.Contains(McpHttpServer.Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("status_302")]
    [InlineData("status_307")]
    public async Task Execute_WhenItIsRedirected_FollowsNothing_AndShowsNobodyTheToken(string tool)
    {
        await using var elsewhere = new McpHttpServer();
        await using var server = new McpHttpServer { ElsewhereUrl = elsewhere.Url };
        await using var it = await HttpConnector.StartAsync(server.Url);
        Assert.Equal((OutcomeKind.Unknown, "redirected"), await EndAsync(it.CallAsync(tool)));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Execute_WhenTheServerReportsAnErrorOfTheProtocol_FailsWithIt_Redacted()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        var outcome = await it.CallAsync("refused");
        Assert.Equal((OutcomeKind.Failed, "tool-error", "no [redacted]"), (outcome.Kind, outcome.ErrorSlug, outcome.ErrorDetail));
    }

    [Fact]
    public async Task Execute_WhenTheStreamBreaksOff_AsksForTheRest_AndNotForTheCallAgain()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        var outcome = await it.CallAsync("breaks_off");
        Assert.Equal((OutcomeKind.Succeeded, 1), (outcome.Kind, server.Effects));
        Assert.Contains("resumed", outcome.ResultJson, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("slow")]
    [InlineData("late")]
    public async Task Execute_WhenTheDeadlinePasses_IsUnknown_TellsTheServer_AndALateAnswerIsNobodys(string tool)
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url, settings => settings with { Timeout = Short });
        Assert.Equal((OutcomeKind.Unknown, "timeout"), await EndAsync(it.CallAsync(tool)));
        server.Release();
        await ScriptedServer.UntilAsync("it is told", () => Task.FromResult(server.Requests.Any(request => request.Body.Contains("notifications/cancelled", StringComparison.Ordinal))));
        await it.BackAsync();
    }

    [Fact]
    public async Task Execute_WhenTheLeaseHasLapsed_SendsNothing()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        Assert.Equal((OutcomeKind.NotStarted, "start-lease-expired"), await EndAsync(it.CallAsync("echo", beforeSend: () => false)));
        Assert.Equal(0, server.Effects);
        Assert.DoesNotContain(server.Requests, request => request.Body.Contains("tools/call", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Execute_WithManyCallsAtOnce_GivesEachItsOwnAnswer()
    {
        await using var server = new McpHttpServer();
        await using var it = await HttpConnector.StartAsync(server.Url);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => it.CallAsync("echo", arguments: $$"""{"n":{{n}}}""")));
        for (var n = 0; n < outcomes.Length; n++) Assert.Contains($"{{\\\"n\\\":{n}}}", outcomes[n].ResultJson!, StringComparison.Ordinal);
    }

    private static async Task<(OutcomeKind, string?)> EndAsync(Task<ExecutionOutcome> call)
    {
        var outcome = await call;
        return (outcome.Kind, outcome.ErrorSlug);
    }
}
