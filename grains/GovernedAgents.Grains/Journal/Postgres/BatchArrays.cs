namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>The units of one statement as the arrays that <c>journal_append</c> takes, and for each unit where its last record stands among them.</summary>
internal sealed class BatchArrays
{
    private sealed class Move
    {
        public required JournalRecord First { get; init; }
        public required JournalRecord Last { get; set; }
    }

    private readonly SortedDictionary<string, Move> _moves = new(StringComparer.Ordinal);
    private readonly List<JournalRecord> _records = [];
    private readonly List<ContentWrite> _contents = [];
    private readonly List<AppendUnit> _claiming = [];

    /// <summary>For each unit added, the number of records up to and with its last.</summary>
    public List<int> Ends { get; } = [];

    /// <returns>False when the unit does not extend what was added before it; nothing is added then.</returns>
    public bool TryAdd(AppendUnit unit)
    {
        for (var i = 0; i < unit.Records.Count; i++)
        {
            var record = unit.Records[i];
            if (_moves.TryGetValue(record.Stream, out var move) && IsFirstOfItsStream(unit, i) && (record.Seq != move.Last.Seq + 1 || record.PrevHash != move.Last.Hash || record.At < move.Last.At)) return false;
        }

        foreach (var record in unit.Records)
        {
            if (_moves.TryGetValue(record.Stream, out var move)) move.Last = record;
            else _moves[record.Stream] = new Move { First = record, Last = record };
        }

        _records.AddRange(unit.Records);
        _contents.AddRange(unit.Contents);
        if (unit.Claim is not null) _claiming.Add(unit);
        Ends.Add(_records.Count);
        return true;
    }

    /// <summary>In the order of the function's parameters, from <c>h_stream</c> to <c>k_seq</c>.</summary>
    public object[] Values() =>
    [
        _moves.Keys.ToArray(), Of(_moves.Values, move => move.First.Seq - 1), Of(_moves.Values, move => move.First.PrevHash), Of(_moves.Values, move => move.First.At.UtcDateTime),
        Of(_moves.Values, move => move.Last.Seq), Of(_moves.Values, move => move.Last.Hash), Of(_moves.Values, move => move.Last.At.UtcDateTime),
        Of(_records, record => record.Stream), Of(_records, record => record.Seq), Of(_records, record => record.At.UtcDateTime), Of(_records, record => record.Kind),
        Of(_records, record => Bytes(record.Payload)), Of(_records, record => record.PrevHash), Of(_records, record => record.Hash),
        Of(_contents, content => content.Id), Of(_contents, content => Bytes(content.Salt)), Of(_contents, content => Bytes(content.Bytes)), Of(_contents, content => content.Expires?.UtcDateTime),
        Of(_claiming, unit => unit.Claim!.CallId), Of(_claiming, unit => unit.Claim!.Session), Of(_claiming, unit => unit.Claim!.Environment), Of(_claiming, unit => unit.Claim!.RequestHash),
        Of(_claiming, unit => unit.Records[0].Stream), Of(_claiming, unit => unit.Records[0].Seq),
    ];

    public static bool IsFirstOfItsStream(AppendUnit unit, int index)
    {
        for (var i = 0; i < index; i++)
            if (unit.Records[i].Stream == unit.Records[index].Stream) return false;
        return true;
    }

    private static TValue[] Of<TItem, TValue>(IReadOnlyCollection<TItem> items, Func<TItem, TValue> value)
    {
        var (values, index) = (new TValue[items.Count], 0);
        foreach (var item in items) values[index++] = value(item);
        return values;
    }

    private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : memory.ToArray();
}
