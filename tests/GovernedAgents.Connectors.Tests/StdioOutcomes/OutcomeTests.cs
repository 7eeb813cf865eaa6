using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GovernedAgents.Connectors.Tests.StdioOutcomes;

public sealed class OutcomeTests
{
    [Fact]
    public async Task Execute_WhenTheToolAnswers_SucceedsWithItsContentAndSendsTheCallId()
    {
        await using var server = await ScriptedServer.StartAsync();
        var outcome = await server.CallAsync("echo", """{"a":[1,"x\ny"]}""");
        Assert.Equal(OutcomeKind.Succeeded, outcome.Kind);
        var result = JsonDocument.Parse(outcome.ResultJson!).RootElement;
        Assert.Equal("""{"args":{"a":[1,"x\ny"]},"_meta":{"governedagents/callId":"call_1"}}""", result.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("""{"args":{"a":[1,"x\ny"]}}""", result.GetProperty("structuredContent").GetRawText());
    }

    [Fact]
    public async Task Execute_WhenTheToolReportsFailure_FailsWithItsAnswer()
    {
        await using var server = await ScriptedServer.StartAsync();
        var said = await server.CallAsync("tool_error");
        Assert.Equal((OutcomeKind.Failed, "tool-error", "disk full"), (said.Kind, said.ErrorSlug, said.ErrorDetail));
        Assert.Equal("""{"content":[{"type":"text","text":"disk full"}],"isError":true}""", said.ResultJson);

        var refused = await server.CallAsync("rpc_error");
        Assert.Equal((OutcomeKind.Failed, "tool-error", "no [redacted]"), (refused.Kind, refused.ErrorSlug, refused.ErrorDetail));
        Assert.Equal("""{"error":{"code":-32602,"message":"no [redacted]","data":{"why":"because"}}}""", refused.ResultJson);
    }

    [Theory]
    [InlineData("crash", "connection-lost")]
    [InlineData("oversized", "oversized")]
    [InlineData("malformed_line", "malformed-answer")]
    [InlineData("malformed_answer", "malformed-answer")]
    public async Task Execute_WhenTheEndIsNotSeen_IsUnknownButForARead(string tool, string slug)
    {
        await using var server = await ScriptedServer.StartAsync();
        var effect = await server.CallAsync(tool);
        Assert.Equal((OutcomeKind.Unknown, slug), (effect.Kind, effect.ErrorSlug));
        await server.TextAsync("starts");
        var read = await server.CallAsync(tool, effect: EffectClass.Read);
        Assert.Equal((OutcomeKind.Failed, slug), (read.Kind, read.ErrorSlug));
    }

    [Theory]
    [InlineData("""{"result":{"content":"text"}}""")]
    [InlineData("""{"result":{"content":[],"isError":"yes"}}""")]
    [InlineData("""{"result":"done"}""")]
    public async Task Execute_WhenTheAnswerIsNoToolResult_IsMalformedAndTheServerStaysUp(string arguments)
    {
        await using var server = await ScriptedServer.StartAsync();
        var outcome = await server.CallAsync("malformed_answer", arguments);
        Assert.Equal((OutcomeKind.Unknown, "malformed-answer"), (outcome.Kind, outcome.ErrorSlug));
        Assert.Equal(OutcomeKind.Succeeded, (await server.CallAsync("echo")).Kind);
    }

    [Fact]
    public async Task Execute_WhenOneCallIsAnsweredTwice_DropsTheSecondAnswer()
    {
        await using var server = await ScriptedServer.StartAsync();
        Assert.Equal("first", await server.TextAsync("double_answer"));
        Assert.Equal(OutcomeKind.Succeeded, (await server.CallAsync("echo")).Kind);
    }

    [Fact]
    public async Task Execute_WhenTheDeadlinePasses_CancelsAndDropsTheLateAnswer()
    {
        var time = new FakeTimeProvider();
        await using var server = await ScriptedServer.StartAsync(time);
        var late = server.CallAsync("late");
        await ScriptedServer.UntilAsync("the call arrives", async () => (await server.TextAsync("seen")).Contains("late", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(late.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        var outcome = await late;
        Assert.Equal((OutcomeKind.Unknown, "timeout"), (outcome.Kind, outcome.ErrorSlug));

        var released = JsonDocument.Parse(await server.TextAsync("release")).RootElement;
        Assert.Equal(released.GetProperty("late").GetInt64(), Assert.Single(released.GetProperty("cancelled").EnumerateArray()).GetInt64());
        Assert.Equal(OutcomeKind.Succeeded, (await server.CallAsync("echo")).Kind);
    }

    [Fact]
    public async Task Execute_WhenTheServerStopsReading_TimesOutAndIsStartedAgain()
    {
        await using var server = await ScriptedServer.StartAsync(change: s => s with { Timeout = TimeSpan.FromSeconds(2) });
        var deaf = server.CallAsync("deaf");
        var stuck = await server.CallAsync("echo", $$"""{"a":"{{new string('x', 900_000)}}"}""", EffectClass.Mutate);
        Assert.Equal((OutcomeKind.Unknown, OutcomeKind.Unknown), ((await deaf).Kind, stuck.Kind));
        Assert.Equal("2", await server.TextAsync("starts"));
    }

    [Fact]
    public async Task Execute_WhenTheLeaseHasLapsed_SendsNothing()
    {
        await using var server = await ScriptedServer.StartAsync();
        var outcome = await server.CallAsync("crash", beforeSend: () => false);
        Assert.Equal((OutcomeKind.NotStarted, "start-lease-expired"), (outcome.Kind, outcome.ErrorSlug));
        Assert.Equal("seen", await server.TextAsync("seen"));
    }

    [Fact]
    public async Task Execute_WhenTheServerIsDown_IsNotStartedAndAsksForNoLease()
    {
        await using var server = await ScriptedServer.StartAsync(new FakeTimeProvider());
        var tool = server.Tool("crash");
        Assert.Equal("connection-lost", (await server.CallAsync("crash")).ErrorSlug);
        var asked = false;
        await ScriptedServer.UntilAsync("the end is noticed", async () => (await server.CallAsync("crash", tool: tool, beforeSend: () => asked = false)).ErrorSlug == "connector-unavailable");
        var outcome = await server.CallAsync("crash", tool: tool, beforeSend: () => asked = true);
        Assert.Equal((OutcomeKind.NotStarted, "connector-unavailable", false), (outcome.Kind, outcome.ErrorSlug, asked));
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(server.Root, "effects"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Execute_WhenTheResultIsOverOneMebibyte_CutsItToValidJson()
    {
        await using var server = await ScriptedServer.StartAsync();
        var outcome = await server.CallAsync("big");
        Assert.Equal(OutcomeKind.Succeeded, outcome.Kind);
        Assert.InRange(Encoding.UTF8.GetByteCount(outcome.ResultJson!), 1024 * 1024 - 16, 1024 * 1024);
        var whole = """{"content":[{"type":"text","text":""" + "\"" + string.Concat(Enumerable.Repeat("ä\\\"", 700 * 1024)) + "\"}]}";
        var result = JsonDocument.Parse(outcome.ResultJson!).RootElement;
        Assert.True(result.GetProperty("truncated").GetBoolean());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole))), result.GetProperty("sha256").GetString());
        Assert.StartsWith(result.GetProperty("text").GetString()!, whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_WithManyCallsAtOnce_GivesEachItsOwnAnswer()
    {
        await using var server = await ScriptedServer.StartAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => server.CallAsync("echo", $$"""{"n":{{n}}}""")));
        for (var n = 0; n < outcomes.Length; n++) Assert.Contains($"\"structuredContent\":{{\"args\":{{\"n\":{n}}}}}", outcomes[n].ResultJson!, StringComparison.Ordinal);
    }
}
