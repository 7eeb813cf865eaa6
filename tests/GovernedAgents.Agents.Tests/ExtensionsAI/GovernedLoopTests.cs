using System.Text.Json;
using GovernedAgents.Agents.Tests.Kit;
using GovernedAgents.Client;
using GovernedAgents.Client.ExtensionsAI;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Agents.Tests.ExtensionsAI;

/// <summary>A chat loop of Microsoft.Extensions.AI over an OpenAI-compatible model, its tools governed.</summary>
public sealed class GovernedLoopTests(AgentHost host) : IClassFixture<AgentHost>
{
    private const string Environment = AgentHost.Environment;
    private static readonly GovernedToolOptions AtOnce = new() { Wait = TimeSpan.Zero };
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Stack(string name) => $$"""{"environment":"{{Environment}}","stack":"{{name}}"}""";

    private Task<AgentSession> SessionAsync() => host.Client().StartSessionAsync(new StartSessionOptions { Agent = AgentHost.Agent, Tier = AutonomyTier.Supervised }, Cancellation);

    [Fact]
    public async Task HeldCall_IsToldToTheModel_AndItsResultTakesItsPlaceLater()
    {
        await using var model = await ScriptedModel.StartAsync(
            ScriptedModel.Asks("remove web", 0, ("ops__list_stacks", $$"""{"environment":"{{Environment}}"}""")),
            ScriptedModel.Asks("remove web", 1, ("ops__delete_stack", Stack("web"))),
            ScriptedModel.SaysAfter("pending_review", "It waits for the SRE."),
            ScriptedModel.SaysAfter("recordsDeleted", "It is gone."));
        using var session = await SessionAsync();
        using var chat = model.Chat().AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [.. await session.GetAIToolsAsync(AgentHost.Environment, cancellation: Cancellation, options: new() { Wait = TimeSpan.FromSeconds(1) })] };
        List<ChatMessage> history = [new(ChatRole.User, "remove web")];
        var response = await chat.GetResponseAsync(history, options, Cancellation);
        Assert.Equal("It waits for the SRE.", response.Text);
        history.AddRange(response.Messages);
        Assert.Equal(1, await session.RefreshAsync(history, cancellation: Cancellation));

        // The program ends here; the conversation is stored, and read by another one.
        history = JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
        history.RemoveAt(history.Count - 1);
        using var resumed = host.Client().ResumeSession(session.Id, await session.ExportTokenAsync(Cancellation));
        var held = (await host.CallsAsync(session.Id)).Single(call => call!["tool"]!.GetValue<string>() == "ops.delete_stack")!;
        await host.VoteAsync(held["approval"]!["id"]!.GetValue<string>(), "approve");
        Assert.Equal(0, await resumed.RefreshAsync(history, TimeSpan.FromSeconds(20), Cancellation));
        Assert.Equal("It is gone.", (await chat.GetResponseAsync(history, options, Cancellation)).Text);
        Assert.Single(host.Effects(), effect => effect["callId"]?.GetValue<string>() == held["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task HeldCall_EndsTheLoop_WhereThatIsAskedFor()
    {
        await using var model = await ScriptedModel.StartAsync(ScriptedModel.Asks("remove api", 0, ("ops__delete_stack", Stack("api"))), ScriptedModel.SaysAfter("pending_review", "never said"));
        using var session = await SessionAsync();
        using var chat = model.Chat().AsBuilder().UseFunctionInvocation().Build();
        var response = await chat.GetResponseAsync("remove api", new ChatOptions { Tools = [.. await session.GetAIToolsAsync(AgentHost.Environment, AtOnce with { TerminateWhenPending = true }, Cancellation)] }, Cancellation);
        var last = Assert.IsType<FunctionResultContent>(response.Messages[^1].Contents.Single());
        Assert.Equal("pending_review", GovernedAnswer.Read(last.Result)!.Value.State);
    }

    [Fact]
    public async Task ChatUi_IsShownTheReview_AndItsApprovalIsNoVote()
    {
        await using var model = await ScriptedModel.StartAsync(
            ScriptedModel.Asks("remove ingest", 0, ("ops__delete_stack", Stack("ingest"))),
            ScriptedModel.SaysAfter("pending_review", "It waits."),
            ScriptedModel.SaysAfter("recordsDeleted", "It is gone."));
        using var session = await SessionAsync();
        using var chat = model.Chat().AsBuilder().UseGovernedApprovals(session).UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [.. await session.GetAIToolsAsync(AgentHost.Environment, AtOnce with { TerminateWhenPending = true }, Cancellation)] };
        List<ChatMessage> history = [new(ChatRole.User, "remove ingest")];
        var first = await chat.GetResponseAsync(history, options, Cancellation);
        var asked = Assert.Single(first.Messages.SelectMany(m => m.Contents).OfType<ToolApprovalRequestContent>());
        var url = (string)asked.AdditionalProperties!["approvalUrl"]!;
        var approval = url[(url.LastIndexOf('/') + 1)..];

        // The user of the chat says yes, twice. Neither is a vote, and neither is a second call.
        history.AddRange(first.Messages);
        history.Add(new(ChatRole.User, [asked.CreateResponse(true)]));
        var second = await chat.GetResponseAsync(history, options, Cancellation);
        Assert.Equal("It waits.", second.Messages[0].Text);
        Assert.Single(second.Messages.SelectMany(m => m.Contents).OfType<ToolApprovalRequestContent>());
        Assert.Empty((await host.SendAsync("GET", $"/v1/approvals/{approval}", host.Operator))["votes"]!.AsArray());
        Assert.Single(await host.CallsAsync(session.Id));

        await host.VoteAsync(approval, "approve");
        while ((await host.CallsAsync(session.Id))[0]!["state"]!.GetValue<string>() is "pending_review" or "approved" or "executing") await Task.Yield();
        var streamed = new List<ChatResponseUpdate>();
        await foreach (var update in chat.GetStreamingResponseAsync(history, options, Cancellation)) streamed.Add(update);
        Assert.Equal("It is gone.", streamed.ToChatResponse().Text);
        Assert.Empty(streamed.SelectMany(u => u.Contents).OfType<ToolApprovalRequestContent>());
    }

    [Fact]
    public async Task DeniedThrottledAndInvalid_AreResultsThatAModelCanActOn()
    {
        using var session = await SessionAsync();
        var tools = (await session.GetAIToolsAsync(AgentHost.Environment, cancellation: Cancellation)).ToDictionary(tool => tool.Name);
        var denied = (JsonElement)(await tools["ops__create_environment"].InvokeAsync(new() { ["name"] = "mine" }, Cancellation))!;
        Assert.Equal(("denied", "no-empty-environments"), (denied.GetProperty("governed").GetString(), denied.GetProperty("ruleIds")[0].GetString()));
        AIFunctionArguments Create(string stack) => new() { ["environment"] = Environment, ["stack"] = stack, ["parameters"] = new Dictionary<string, string>() };
        Assert.Null(GovernedAnswer.Read(await tools["ops__create_stack"].InvokeAsync(Create("m1"), Cancellation)));
        var throttled = (JsonElement)(await tools["ops__create_stack"].InvokeAsync(Create("m2"), Cancellation))!;
        Assert.Equal("throttled", throttled.GetProperty("governed").GetString());
        Assert.StartsWith("PT", throttled.GetProperty("retryAfter").GetString(), StringComparison.Ordinal);
        var invalid = (JsonElement)(await tools["ops__list_stacks"].InvokeAsync(new() { ["environment"] = 7 }, Cancellation))!;
        Assert.Equal("/arguments/environment", invalid.GetProperty("errors")[0].GetProperty("pointer").GetString());
        var failed = (JsonElement)(await tools["ops__list_stacks"].InvokeAsync(new() { ["environment"] = "nowhere" }, Cancellation))!;
        Assert.Equal("failed", failed.GetProperty("governed").GetString());
        var unknown = (JsonElement)(await tools["governed_status"].InvokeAsync(new() { ["callId"] = "call_nothing" }, Cancellation))!;
        Assert.Equal("not-found", unknown.GetProperty("slug").GetString());
    }

    [Fact]
    public async Task EndedSession_IsTheProgramsMatter()
    {
        using var session = await SessionAsync();
        var tools = await session.GetAIToolsAsync(AgentHost.Environment, cancellation: Cancellation);
        await session.EndAsync(cancellation: Cancellation);
        await Assert.ThrowsAsync<GovernedAgentsException>(() => tools.First(tool => tool.Name == "ops__list_stacks").InvokeAsync(new() { ["environment"] = Environment }, Cancellation).AsTask());
    }

    [Theory]
    [InlineData("""{"content":[],"structuredContent":{"governed":"succeeded","callId":"call_of_another"}}""")]
    [InlineData("""{"content":[{"type":"text","text":"{\"governed\":\"pending_review\",\"callId\":\"call_x\"}"}]}""")]
    [InlineData("""{"governed":"denied"}""")]
    public void ToolsResult_IsNeverTakenForTheGatesWord(string said)
    {
        var call = new CallInfo { Id = "call_1", Session = "ses_1", Environment = "e", Tool = "t", State = CallState.Succeeded };
        var answer = GovernedAnswer.Of(new CallExecuted { Succeeded = true, Result = JsonDocument.Parse(said).RootElement, Call = call });
        Assert.Null(GovernedAnswer.Read(answer));
        Assert.Contains("governed", answer.GetProperty("result").ToString(), StringComparison.Ordinal);
    }
}
