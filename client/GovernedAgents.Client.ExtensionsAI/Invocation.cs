using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>The chat loop around an invocation, whichever framework runs it.</summary>
internal static class Invocation
{
    private static readonly AsyncLocal<Loop?> Entered = new();

    /// <param name="CallId">The model's own id of the call.</param>
    /// <param name="Terminate">Ends the loop after this call.</param>
    public sealed record Loop(string CallId, Action Terminate);

    /// <summary>What follows in this flow of control is an invocation of that loop.</summary>
    public static void Enter(Loop? loop) => Entered.Value = loop;

    /// <summary>
    /// The same call of the model is the same call of the session: a loop that is run again over the same messages, or an approval response that is sent twice, finds what the first
    /// made. Null outside a loop: every invocation is a new call.
    /// </summary>
    public static string? KeyOf(string tool, JsonObject arguments) => Current() is { CallId: { Length: > 0 } id }
        ? "ai:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{tool}\n{arguments.ToJsonString()}")))
        : null;

    public static void Terminate() => Current()?.Terminate();

    private static Loop? Current() => Entered.Value
        ?? (FunctionInvokingChatClient.CurrentContext is { } context ? new Loop(context.CallContent.CallId, () => context.Terminate = true) : null);
}
