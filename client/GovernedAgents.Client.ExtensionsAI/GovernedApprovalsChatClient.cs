using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>
/// Shows held calls to chat UIs in the form that they know, <see cref="ToolApprovalRequestContent"/>, with the address of the review in <c>AdditionalProperties["approvalUrl"]</c>.
/// What comes back as <see cref="ToolApprovalResponseContent"/> is never a vote: it is taken out of the conversation, and the call's state is read from the silo. People vote there.
/// </summary>
public sealed class GovernedApprovalsChatClient(IChatClient inner, AgentSession session) : DelegatingChatClient(inner)
{
    private const string Prefix = "governed:";

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var cleared = await ClearAsync(messages, cancellationToken);
        var response = await base.GetResponseAsync(cleared, options, cancellationToken);
        var requests = Requests([.. cleared, .. response.Messages]);
        if (requests.Count > 0) response.Messages.Add(new ChatMessage(ChatRole.Assistant, requests));
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var cleared = await ClearAsync(messages, cancellationToken);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in base.GetStreamingResponseAsync(cleared, options, cancellationToken))
        {
            updates.Add(update);
            yield return update;
        }
        var requests = Requests([.. cleared, .. updates.ToChatResponse().Messages]);
        if (requests.Count > 0) yield return new ChatResponseUpdate(ChatRole.Assistant, requests);
    }

    /// <summary>The messages without the requests that this client made and without what answers them, its held calls looked up anew. The caller's own messages stay as they are.</summary>
    private async Task<List<ChatMessage>> ClearAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellation)
    {
        var cleared = new List<ChatMessage>();
        foreach (var message in messages)
        {
            var contents = message.Contents.Where(content => !IsOurs(content)).Select(content => content is FunctionResultContent result ? new FunctionResultContent(result.CallId, result.Result) : content).ToList();
            if (contents.Count > 0 || message.Contents.Count == 0) cleared.Add(new ChatMessage(message.Role, contents) { AuthorName = message.AuthorName, MessageId = message.MessageId, AdditionalProperties = message.AdditionalProperties });
        }
        await session.RefreshAsync(cleared, cancellation: cancellation);
        return cleared;
    }

    private static bool IsOurs(AIContent content) => content is InputRequestContent { RequestId: { } asked } && asked.StartsWith(Prefix, StringComparison.Ordinal)
        || content is InputResponseContent { RequestId: { } answered } && answered.StartsWith(Prefix, StringComparison.Ordinal);

    private static List<AIContent> Requests(List<ChatMessage> messages)
    {
        var calls = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().GroupBy(call => call.CallId).ToDictionary(same => same.Key, same => same.Last());
        return [.. messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>()
            .Where(result => GovernedAnswer.IsOpen(result.Result) && calls.ContainsKey(result.CallId))
            .Select(result => RequestOf(result, calls[result.CallId]))];
    }

    private static ToolApprovalRequestContent RequestOf(FunctionResultContent held, FunctionCallContent call)
    {
        // For showing alone: no loop may take it for a call that is still to be made.
        var shown = new FunctionCallContent(call.CallId, call.Name, call.Arguments) { InformationalOnly = true };
        var json = (System.Text.Json.JsonElement)held.Result!;
        var url = json.TryGetProperty("approval", out var approval) ? approval.GetProperty("url").GetString() : null;
        return new ToolApprovalRequestContent(Prefix + GovernedAnswer.Read(held.Result)!.Value.CallId, shown) { AdditionalProperties = new() { ["approvalUrl"] = url } };
    }
}

public static class GovernedApprovals
{
    /// <summary>Shows held calls as approval requests. Put it outside the function invocation: <c>builder.UseGovernedApprovals(session).UseFunctionInvocation()</c>.</summary>
    public static ChatClientBuilder UseGovernedApprovals(this ChatClientBuilder builder, AgentSession session) => builder.Use(inner => new GovernedApprovalsChatClient(inner, session));
}
