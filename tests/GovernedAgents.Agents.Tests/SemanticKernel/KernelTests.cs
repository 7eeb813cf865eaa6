using System.ClientModel;
using GovernedAgents.Agents.Tests.Kit;
using GovernedAgents.Client;
using GovernedAgents.Client.ExtensionsAI;
using GovernedAgents.Client.SemanticKernel;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;

namespace GovernedAgents.Agents.Tests.SemanticKernel;

/// <summary>A Semantic Kernel chat over an OpenAI-compatible model, its plugin governed.</summary>
public sealed class KernelTests(AgentHost host) : IClassFixture<AgentHost>
{
    private const string Environment = AgentHost.Environment;
    private static readonly OpenAIPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Kernel Over(ScriptedModel model) => Kernel.CreateBuilder()
        .AddOpenAIChatCompletion("gpt-4o", new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = model.Address })).Build();

    private Task<AgentSession> SessionAsync() => host.Client().StartSessionAsync(new StartSessionOptions { Agent = AgentHost.Agent, Tier = AutonomyTier.Supervised }, Cancellation);

    private static string Stack(string name) => $$"""{"environment":"{{Environment}}","stack":"{{name}}"}""";

    [Fact]
    public async Task Plugin_ReadsAtOnce_AndTellsTheModelWhatIsHeld()
    {
        await using var model = await ScriptedModel.StartAsync(
            ScriptedModel.Asks("look and remove", 0, ("governed-ops__list_stacks", $$"""{"environment":"{{Environment}}"}""")),
            ScriptedModel.Asks("look and remove", 1, ("governed-ops__delete_stack", Stack("web"))),
            ScriptedModel.SaysAfter("pending_review", "It waits."));
        using var session = await SessionAsync();
        var kernel = Over(model);
        await kernel.AddGovernedToolsAsync(session, AgentHost.Environment, new() { Wait = TimeSpan.FromSeconds(2) }, cancellation: Cancellation);
        kernel.EnsureGoverned();
        var answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(new ChatHistory("look and remove") { new(AuthorRole.User, "look and remove") }, Auto, kernel, Cancellation);
        Assert.Equal("It waits.", answer.Content);
        var calls = (await host.CallsAsync(session.Id)).Select(call => (call!["tool"]!.GetValue<string>(), call["state"]!.GetValue<string>())).ToList();
        Assert.Equal([("ops.delete_stack", "pending_review"), ("ops.list_stacks", "succeeded")], calls);
        Assert.DoesNotContain(host.Effects(), effect => effect["arguments"]!["stack"]?.GetValue<string>() == "web");
    }

    [Fact]
    public async Task HeldCall_EndsTheLoop_AndTheSameConversationRunAgainIsTheSameCall()
    {
        await using var model = await ScriptedModel.StartAsync(ScriptedModel.Asks("remove api", 0, ("governed-ops__delete_stack", Stack("api"))), ScriptedModel.SaysAfter("pending_review", "never said"));
        using var session = await SessionAsync();
        var kernel = Over(model);
        await kernel.AddGovernedToolsAsync(session, AgentHost.Environment, new() { Wait = TimeSpan.Zero, TerminateWhenPending = true }, cancellation: Cancellation);
        var history = new ChatHistory();
        history.AddUserMessage("remove api");
        var answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history, Auto, kernel, Cancellation);
        Assert.NotEqual("never said", answer.Content);

        // The function call of the history, invoked again by whoever read it: with the model's id it is the same call.
        var call = history.SelectMany(message => message.Items).OfType<Microsoft.SemanticKernel.FunctionCallContent>().Single();
        using var chat = new Microsoft.Extensions.AI.FunctionInvokingChatClient(model.Chat());
        var tools = await session.GetAIToolsAsync(AgentHost.Environment, new() { Wait = TimeSpan.Zero, TerminateWhenPending = true }, Cancellation);
        var again = new Microsoft.Extensions.AI.FunctionCallContent(call.Id!, "ops__delete_stack", call.Arguments!.ToDictionary(a => a.Key, a => a.Value));
        await chat.GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, [new Microsoft.Extensions.AI.ToolApprovalResponseContent("x", true, again)])], new() { Tools = [.. tools] }, Cancellation);
        Assert.Single(await host.CallsAsync(session.Id));
    }

    [Fact]
    public async Task Function_InvokedDirectly_IsHeld()
    {
        using var session = await SessionAsync();
        var plugin = await session.GetKernelPluginAsync(AgentHost.Environment, new() { Wait = TimeSpan.Zero }, cancellation: Cancellation);
        var result = await plugin["ops__delete_stack"].InvokeAsync(new Kernel(), new KernelArguments { ["environment"] = Environment, ["stack"] = "ingest" }, Cancellation);
        Assert.Equal("pending_review", GovernedAnswer.Read(result.GetValue<object>())!.Value.State);
    }

    [Fact]
    public async Task Guard_NamesWhatIsNotGoverned()
    {
        using var session = await SessionAsync();
        var kernel = new Kernel();
        await kernel.AddGovernedToolsAsync(session, AgentHost.Environment, cancellation: Cancellation);
        kernel.EnsureGoverned();
        kernel.ImportPluginFromFunctions("shell", [KernelFunctionFactory.CreateFromMethod((string command) => command, "run"), KernelFunctionFactory.CreateFromMethod(() => "noon", "time")]);
        Assert.Equal(["shell-run", "shell-time"], kernel.Ungoverned());
        var refusal = Assert.Throws<InvalidOperationException>(() => kernel.EnsureGoverned("shell-time"));
        Assert.Contains("shell-run:", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("shell-time", refusal.Message, StringComparison.Ordinal);
    }
}
