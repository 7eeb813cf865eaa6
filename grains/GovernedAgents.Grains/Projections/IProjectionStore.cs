namespace GovernedAgents.Grains.Projections;

/// <summary>One row of the read model: the fold of a call, an approval or a session, with what lists ask for.</summary>
public sealed record ProjectedRow
{
    public required string Id { get; init; }
    /// <summary><c>call</c>, <c>approval</c>, <c>session</c>.</summary>
    public required string Type { get; init; }
    /// <summary>Position of its first record: the order of lists.</summary>
    public required long CreatedPos { get; init; }
    public string? Environment { get; init; }
    public string? Session { get; init; }
    public required string State { get; init; }
    public string? Starter { get; init; }
    public string? Agent { get; init; }
    /// <summary>UTC ticks at which somebody must look at it; null when nothing is due.</summary>
    public long? DueTicks { get; init; }
    public required string Document { get; init; }
}

public sealed record RowFilter
{
    public required string Type { get; init; }
    public string? Environment { get; init; }
    public string? Session { get; init; }
    public string? State { get; init; }
    public string? Starter { get; init; }
    public string? Agent { get; init; }
}

/// <summary>How far a read model has come: its last record's position and hash; (0, null) when it is empty.</summary>
public readonly record struct ProjectionPosition(long Pos, string? Hash);

/// <summary>The read model's tables. Everything in them can be made again from the journal. One caller at a time writes; anybody reads lists and the due list.</summary>
public interface IProjectionStore
{
    Task<ProjectionPosition> ReadPositionAsync(CancellationToken cancellation);

    /// <summary>Empties everything; the position is (0, null) again.</summary>
    Task ResetAsync(CancellationToken cancellation);

    /// <summary>The document of a session or an approval.</summary>
    ValueTask<string?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>The document of the row that began with the record at this position.</summary>
    ValueTask<string?> FindAtAsync(long createdPos, CancellationToken cancellation);

    /// <summary>Rows and position in one transaction: exactly once, however often it is repeated.</summary>
    /// <returns>False when the position was not <paramref name="from"/>: another silo has come further, nothing was written.</returns>
    Task<bool> SaveAsync(IEnumerable<ProjectedRow> rows, ProjectionPosition from, ProjectionPosition to, CancellationToken cancellation);

    /// <summary>Newest first, at most <paramref name="limit"/> rows created before position <paramref name="before"/> (and below <paramref name="beforeId"/> at it).</summary>
    Task<IReadOnlyList<(long CreatedPos, string Id, string Document)>> ListAsync(RowFilter filter, long before, string? beforeId, int limit, CancellationToken cancellation);

    /// <summary>What is due at that instant (UTC ticks), the oldest first.</summary>
    Task<IReadOnlyList<(string Type, string Id, string? Environment)>> DueAsync(long nowTicks, int limit, CancellationToken cancellation);
}
