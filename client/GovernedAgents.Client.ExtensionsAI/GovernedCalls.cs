using System.Text.Json;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>Going on with a conversation whose calls were held.</summary>
public static class GovernedCalls
{
    /// <summary>
    /// Looks up every call that the messages hold as open and puts what became of it in its place. Nothing is submitted: a conversation that was stored, changed or sent twice has no effect by this.
    /// </summary>
    /// <param name="wait">For each call, how long to wait for its end.</param>
    /// <returns>How many are still open.</returns>
    /// <exception cref="GovernedAgentsException">401: the session's token is no longer good.</exception>
    public static async Task<int> RefreshAsync(this AgentSession session, IEnumerable<ChatMessage> messages, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(messages);
        var open = 0;
        foreach (var result in messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Where(result => GovernedAnswer.IsOpen(result.Result)))
        {
            result.Result = await LookAsync(session, GovernedAnswer.Read(result.Result)!.Value.CallId!, wait, cancellation);
            if (GovernedAnswer.IsOpen(result.Result)) open++;
        }
        return open;
    }

    internal static async Task<JsonElement> LookAsync(AgentSession session, string callId, TimeSpan wait, CancellationToken cancellation)
    {
        try { return GovernedAnswer.Of(await session.ResumeCall(callId).WaitAsync(wait, cancellation)); }
        catch (ArgumentException) { return GovernedAnswer.Refused("not-found", $"'{callId}' is no id of a call."); }
        catch (GovernedAgentsException refused) when (GovernedAnswer.IsForTheModel(refused)) { return GovernedAnswer.Of(refused); }
    }
}
