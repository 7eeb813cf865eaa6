namespace GovernedAgents.Grains.Journal;

/// <summary>
/// The newest committed records, kept in memory for those that follow the journal (read model, checkpoints): they would read and parse again what was
/// written a moment ago. Only for a back end with one writer, where positions have no gaps and no owner but this process.
/// </summary>
internal sealed class JournalTail(int capacity)
{
    private readonly Lock _gate = new();
    private readonly JournalRecord[] _ring = new JournalRecord[capacity];
    private long _first = 1, _next = 1;

    /// <param name="lastPos">Position of the last of <paramref name="records"/>.</param>
    public void Add(IReadOnlyList<JournalRecord> records, long lastPos)
    {
        lock (_gate)
        {
            var pos = lastPos - records.Count + 1;
            if (pos != _next) _first = _next = pos;
            foreach (var record in records)
            {
                record.Pos = _next;
                _ring[_next++ % capacity] = record;
            }

            _first = Math.Max(_first, _next - capacity);
        }
    }

    /// <summary>Null when it does not reach back that far.</summary>
    public IReadOnlyList<JournalRecord>? After(long pos, int limit)
    {
        lock (_gate)
        {
            if (pos + 1 < _first || pos + 1 >= _next) return null;
            var found = new JournalRecord[Math.Min(limit, _next - pos - 1)];
            for (var i = 0; i < found.Length; i++) found[i] = _ring[(pos + 1 + i) % capacity];
            return found;
        }
    }
}
