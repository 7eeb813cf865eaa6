#pragma warning disable SKEXP0001 // The bridge between the kernel's functions and Microsoft.Extensions.AI's; only this file crosses it.
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Silo.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;

namespace GovernedAgents.Silo.Agents;

/// <summary>One answer of a model, asked through Semantic Kernel at an OpenAI-compatible endpoint. The kernel invokes nothing: the functions that it is given hold schemas only.</summary>
internal sealed class SemanticKernelModel(GovernanceOptions options)
{
    /// <exception cref="ClientResultException">The endpoint answered with an error.</exception>
    public async Task<ModelReply> ReplyAsync(HostingDefinition hosting, HostedStep step, IReadOnlyList<OfferedTool> tools, CancellationToken cancellation)
    {
        // Read at each step, so that a rotated key is taken without a restart.
        var key = hosting.KeyFile is { } file ? (await File.ReadAllTextAsync(Path.Combine(options.ConfigPath, file), cancellation)).TrimEnd('\r', '\n') : "none";
        // No retries of its own: each request is a step of the budget.
        var client = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(hosting.Endpoint), NetworkTimeout = hosting.Timeout, RetryPolicy = new ClientRetryPolicy(0) });
        var functions = tools.Select(tool => new Schema(tool).AsKernelFunction()).ToList();
        var settings = new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = functions.Count == 0 ? null : FunctionChoiceBehavior.Auto(functions, autoInvoke: false) };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(hosting.Timeout);
        var history = HistoryOf(hosting, step);
        var answer = (OpenAIChatMessageContent)await new OpenAIChatCompletionService(hosting.Model, client).GetChatMessageContentAsync(history, settings, new Kernel(), limit.Token);
        var completion = (OpenAI.Chat.ChatCompletion)answer.InnerContent!;
        var text = answer.Content ?? "";
        return new ModelReply
        {
            Text = text,
            // As they came: the kernel's own reading of arguments turns numbers into texts.
            Calls = [.. completion.ToolCalls.Select(call => new ModelCall { Id = call.Id, Name = call.FunctionName, Arguments = call.FunctionArguments.ToString() })],
            // An endpoint that does not count is counted for, roughly: a budget that nothing is charged to would be none.
            Tokens = completion.Usage is { TotalTokenCount: > 0 } usage ? usage.TotalTokenCount : (history.Sum(message => message.Items.Sum(item => item.ToString()?.Length ?? 0)) + text.Length) / 4 + 1,
        };
    }

    private static ChatHistory HistoryOf(HostingDefinition hosting, HostedStep step)
    {
        var history = new ChatHistory();
        if (hosting.Instructions.Length > 0) history.AddSystemMessage(hosting.Instructions);
        history.AddUserMessage(step.Goal);
        foreach (var turn in step.Turns)
        {
            var said = new ChatMessageContent(AuthorRole.Assistant, turn.Reply.Text.Length > 0 ? turn.Reply.Text : null);
            foreach (var call in turn.Reply.Calls) said.Items.Add(new Microsoft.SemanticKernel.FunctionCallContent(call.Name, id: call.Id, arguments: ArgumentsOf(call)));
            history.Add(said);
            for (var index = 0; index < turn.Reply.Calls.Count; index++)
                history.Add(new Microsoft.SemanticKernel.FunctionResultContent(turn.Reply.Calls[index].Name, callId: turn.Reply.Calls[index].Id, result: turn.Answers[index].Text).ToChatMessage());
        }

        return history;
    }

    private static KernelArguments? ArgumentsOf(ModelCall call)
    {
        try { return new(JsonSerializer.Deserialize<Dictionary<string, object?>>(call.Arguments) ?? []); }
        catch (JsonException) { return null; }
    }

    private sealed class Schema(OfferedTool tool) : AIFunction
    {
        public override string Name => tool.Name;
        public override string Description => tool.Description;
        public override JsonElement JsonSchema { get; } = JsonDocument.Parse(tool.SchemaJson).RootElement;

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A schema does nothing: calls are submitted to the environment.");
    }
}
