namespace GovernedAgents.Client;

/// <summary>One tool call to be governed.</summary>
public sealed record CallRequest
{
    public required string Environment { get; init; }

    /// <summary>As <see cref="AgentSession.ToolsAsync"/> names it: <c>files.write_file</c>.</summary>
    public required string Tool { get; init; }

    /// <summary>A JSON object: an own type (written with web defaults), a dictionary, a <c>JsonNode</c> or a <c>JsonElement</c>. Null: no arguments.</summary>
    public object? Arguments { get; init; }

    /// <summary>The agent's own words for its reviewers, at most 2,000 characters; shown as untrusted.</summary>
    public string? Reason { get; init; }

    /// <summary>Only decides and previews: spends nothing, asks nobody, starts nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>1–255 visible ASCII characters, unique in the session. Null: a new one for this call, kept for all its attempts. Give your own to be able to repeat after a crash.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How long to wait for the end; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes; null takes <see cref="GovernedAgentsClientOptions.Wait"/>.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>
    /// Withdraw when cancelled; null takes <see cref="GovernedAgentsClientOptions.WithdrawOnCancellation"/>. The exchange under way is let finish to learn the call's id, so cancelling may take
    /// up to <see cref="GovernedAgentsClientOptions.AttemptTimeout"/>; a call whose answer was lost cannot be withdrawn.
    /// </summary>
    public bool? WithdrawOnCancellation { get; init; }
}
