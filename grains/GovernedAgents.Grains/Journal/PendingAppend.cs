namespace GovernedAgents.Grains.Journal;

/// <summary>A unit (or an erasure) in the writer's queue, and its waiting caller. Continuations never run on the writer's thread.</summary>
internal sealed class PendingAppend() : TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public AppendUnit? Unit { get; init; }
    public string? Erasure { get; init; }
    public DateTimeOffset? EraseExpiredBefore { get; init; }
    public long Bytes { get; init; }
}
