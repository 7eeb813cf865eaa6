namespace GovernedAgents.Client;

/// <summary>One page of a list, newest first.</summary>
public sealed record Page<T>
{
    public IReadOnlyList<T> Items { get; init; } = [];

    /// <summary>Cursor of the next page; null on the last.</summary>
    public string? Next { get; init; }
}

/// <summary>Which page of a list.</summary>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor"><see cref="Page{T}.Next"/> of the page before; null for the newest.</param>
public readonly record struct PageOptions(int Limit = 50, string? Cursor = null)
{
    // A default struct has no limit; the API's own default is meant.
    internal int Size => Limit == 0 ? 50 : Limit;
}
