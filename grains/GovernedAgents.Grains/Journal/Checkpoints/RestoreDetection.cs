using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <param name="Restored">The journal does not hold what the newest outside checkpoint says: an older file was put back, or it was changed.</param>
/// <param name="Detail">What was compared, for people.</param>
public sealed record RestoreFinding(bool Restored, string Detail);

/// <summary>
/// At start: does the journal still hold what its newest outside checkpoint says? If not, everything is to be frozen until a person has
/// acknowledged it; then a new incarnation begins and the old checkpoints stay as evidence.
/// </summary>
public sealed class RestoreDetection(IJournal journal, CheckpointWriter checkpoints)
{
    /// <summary>O(records covered by the newest checkpoint). Never throws for what the folder holds: that is a finding.</summary>
    public async Task<RestoreFinding> CheckAsync(CancellationToken cancellation = default)
    {
        IReadOnlyList<Checkpoint> chain;
        try
        {
            chain = checkpoints.Folder.List();
        }
        catch (FormatException fault)
        {
            return new RestoreFinding(true, $"The checkpoints in '{checkpoints.Folder.Path}' cannot be read: {fault.Message}");
        }

        if (chain.Count == 0) return new RestoreFinding(false, "There is no checkpoint yet.");
        if (Broken(chain) is { } broken) return new RestoreFinding(true, broken);
        var newest = chain[^1];
        var end = await journal.ReadCommittedPosAsync(cancellation);
        if (end < newest.ToPos)
            return new RestoreFinding(true, $"The journal ends at position {end}, checkpoint {newest.Id} of {AuditInstant.Format(newest.At)} covers up to {newest.ToPos}: an older file was restored.");
        var root = await CheckpointWriter.RootAsync(journal, newest.FromPos, newest.ToPos, cancellation);
        return root == newest.Root
            ? new RestoreFinding(false, $"The journal extends checkpoint {newest.Id}.")
            : new RestoreFinding(true, $"The records {newest.FromPos} to {newest.ToPos} are not those of checkpoint {newest.Id} of {AuditInstant.Format(newest.At)}: another file was restored, or they were changed.");
    }

    /// <summary>After a person has acknowledged a finding: the old checkpoints move into <c>incarnation-N/</c>, a new chain begins at position 1.</summary>
    /// <returns>The number of the incarnation that ended.</returns>
    public Task<int> BeginIncarnationAsync(CancellationToken cancellation = default) => checkpoints.ArchiveAsync(cancellation);

    private string? Broken(IReadOnlyList<Checkpoint> chain)
    {
        using var keys = CheckpointKeys.Parse(checkpoints.PublicKeys);
        Checkpoint? before = null;
        foreach (var checkpoint in chain)
        {
            if (checkpoint.Id != (before?.Id ?? 0) + 1 || checkpoint.FromPos != (before?.ToPos ?? 0) + 1 || checkpoint.PrevCheckpoint != (before?.Hash() ?? RecordHash.Zero))
                return $"Checkpoint {checkpoint.Id} in '{checkpoints.Folder.Path}' does not follow checkpoint {before?.Id ?? 0}: one was removed or changed.";
            if (!keys.Verify(checkpoint))
                return $"Checkpoint {checkpoint.Id} in '{checkpoints.Folder.Path}' is not signed by this installation's key: it was changed, or the key was.";
            before = checkpoint;
        }

        return null;
    }
}
