namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>A stream's stored head as the writer knows it.</summary>
internal readonly record struct StoredHead(long Seq, string Hash, long LastPos, DateTimeOffset LastAt)
{
    public static readonly StoredHead Empty = new(0, StreamHead.Empty.Hash, 0, DateTimeOffset.MinValue);
}

/// <summary>
/// Heads known to the writer, and those the running batch moved. One process owns the file, so the cache is right; the stored heads are still only
/// moved conditionally, so that a wrong one is noticed.
/// </summary>
internal sealed class HeadCache(Func<string, StoredHead> load)
{
    /// <summary>About 20 MiB; beyond it all is forgotten and loaded again as needed.</summary>
    private const int Capacity = 65_536;

    private readonly Dictionary<string, StoredHead> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredHead> _moved = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, StoredHead> Moved => _moved;

    public StoredHead Get(string stream) => _moved.TryGetValue(stream, out var moved) ? moved : Stored(stream);

    public StoredHead Stored(string stream)
    {
        if (_known.TryGetValue(stream, out var head)) return head;
        if (_known.Count >= Capacity) _known.Clear();
        return _known[stream] = load(stream);
    }

    public void Move(string stream, StoredHead head) => _moved[stream] = head;

    public void Commit()
    {
        foreach (var (stream, head) in _moved) _known[stream] = head;
        _moved.Clear();
    }

    public void Rollback() => _moved.Clear();

    public void Forget()
    {
        _known.Clear();
        _moved.Clear();
    }
}
