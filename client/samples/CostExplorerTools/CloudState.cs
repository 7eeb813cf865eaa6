namespace CostExplorerTools;

/// <summary>Everything that this cloud holds, as <c>state.json</c> keeps it. Names are the keys.</summary>
internal sealed class CloudState
{
    public SortedDictionary<string, CloudEnvironment> Environments { get; init; } = new(StringComparer.Ordinal);
}

internal sealed class CloudEnvironment
{
    public required DateTimeOffset CreatedAt { get; init; }
    public SortedDictionary<string, CloudStack> Stacks { get; init; } = new(StringComparer.Ordinal);
}

internal sealed class CloudStack
{
    public SortedDictionary<string, string> Parameters { get; init; } = new(StringComparer.Ordinal);
    /// <summary>One more with each update.</summary>
    public int Revision { get; set; } = 1;
    /// <summary>What customers would lose.</summary>
    public List<CostRecord> Records { get; init; } = [];
}

internal sealed record CostRecord(DateOnly Day, string Account, string Service, decimal AmountCny);
