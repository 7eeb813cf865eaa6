namespace GovernedAgents.Policy.Approvals;

public enum QuorumOutcome
{
    Pending,
    Approved,
    Denied,
}

/// <summary>How far the votes carry.</summary>
public sealed record QuorumProgress
{
    public required QuorumOutcome Outcome { get; init; }
    /// <summary>In the order of the requirements.</summary>
    public required IReadOnlyList<RequirementProgress> Requirements { get; init; }
    /// <summary>Distinct eligible people who denied, over all requirements.</summary>
    public required int Denied { get; init; }
}

public sealed record RequirementProgress
{
    public required string RuleId { get; init; }
    public required IReadOnlyList<SlotTally> Slots { get; init; }
    /// <summary>Distinct people eligible in this requirement who denied.</summary>
    public required int Denied { get; init; }
    /// <summary>Every slot is full with distinct people.</summary>
    public required bool Met { get; init; }
}

/// <param name="Have">People counted here in one best distribution; nobody is counted in two slots of one requirement.</param>
public sealed record SlotTally(IReadOnlyList<string> From, int Approvals, int Have);
