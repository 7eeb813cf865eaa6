namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>How the tools of an environment behave in a chat loop.</summary>
public sealed record GovernedToolOptions
{
    /// <summary>How long one call waits for its end, reviewers included; null takes <see cref="GovernedAgentsClientOptions.Wait"/>.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Ends the loop when a call is held for people, so that the application can go on later (see <see cref="GovernedCalls.RefreshAsync"/>). Default false: the model is told and goes on.</summary>
    public bool TerminateWhenPending { get; init; }

    /// <summary>Ends the loop when a call is denied. Default false: the model is told why and may find another way.</summary>
    public bool TerminateWhenDenied { get; init; }

    /// <summary>Only tools whose name (<c>files.write_file</c>) this accepts; null: all. What is left out is not taken from the agent, only not offered.</summary>
    public Func<ToolInfo, bool>? Include { get; init; }
}
