using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>The tools of a session as functions.</summary>
public static class GovernedTools
{
    /// <summary>One function for each tool of the environment, and <c>governed_status</c>, which gives a model the end of a call that was held.</summary>
    /// <exception cref="GovernedAgentsException"><c>unknown-environment</c>, 401.</exception>
    public static async Task<IReadOnlyList<AIFunction>> GetAIToolsAsync(this AgentSession session, string environment, GovernedToolOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        options ??= new();
        var tools = await session.ToolsAsync(environment, cancellation);
        return [.. tools.Where(options.Include ?? (_ => true)).Select(tool => new GovernedAIFunction(session, environment, tool, options)), StatusOf(session, options)];
    }

    private static AIFunction StatusOf(AgentSession session, GovernedToolOptions options) => AIFunctionFactory.Create(
        async (string callId, CancellationToken cancellation) => await GovernedCalls.LookAsync(session, callId, options.Wait ?? TimeSpan.Zero, cancellation),
        new AIFunctionFactoryOptions
        {
            Name = "governed_status",
            Description = "What became of a call that was held for people or still ran: its result once there is one. callId is what the held call's answer gave.",
            AdditionalProperties = new Dictionary<string, object?> { ["governedagents/tool"] = "governed_status" },
        });
}
