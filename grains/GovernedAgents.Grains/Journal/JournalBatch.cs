namespace GovernedAgents.Grains.Journal;

/// <summary>What one transaction carries: units in call order with a place for each one's result, and erasures.</summary>
public sealed class JournalBatch
{
    public List<AppendUnit> Units { get; } = [];

    /// <summary>One for each unit, in the same order. Meaningful after the batch's outcome is known.</summary>
    public List<AppendResult> Results { get; } = [];

    /// <summary>Content ids to erase.</summary>
    public List<string> Erasures { get; } = [];

    /// <summary>When set, contents that expired before it are erased.</summary>
    public DateTimeOffset? EraseExpiredBefore { get; set; }

    /// <summary>Why nothing was written, in words for the caller.</summary>
    public string? Detail { get; set; }

    public long NewestPos => Results.Count == 0 ? 0 : Results.Max(result => result.Status == AppendStatus.Committed ? result.LastPos : 0);

    public void Add(AppendUnit unit)
    {
        Units.Add(unit);
        Results.Add(default);
    }

    /// <summary>Sets the results by what a settlement found.</summary>
    /// <param name="positions">For each unit the position of its last record, or 0 when it is certainly not stored.</param>
    public CommitOutcome SettleBy(IReadOnlyList<long> positions)
    {
        if (!positions.Any(pos => pos > 0))
        {
            Detail = "The commit failed and nothing of it is stored; retry.";
            return CommitOutcome.NotWritten;
        }

        for (var i = 0; i < positions.Count; i++)
        {
            if (positions[i] > 0) Results[i] = new AppendResult(AppendStatus.Committed, positions[i]);
            else if (Results[i].Status is not (AppendStatus.Conflict or AppendStatus.DuplicateClaim))
                Results[i] = new AppendResult(AppendStatus.Unavailable, 0, "The unit is not stored; retry.");
        }

        return CommitOutcome.Committed;
    }

    public void RefuseAll(string detail)
    {
        Detail = detail;
        for (var i = 0; i < Results.Count; i++) Results[i] = new AppendResult(AppendStatus.Unavailable, 0, detail);
    }
}
