using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>What the units of a batch stand against: stored heads, taken call ids, stored contents; moved on with each unit that fits.</summary>
internal sealed class BatchStanding
{
    private readonly Dictionary<string, (long Seq, string Hash, DateTimeOffset At)> _heads = new(StringComparer.Ordinal);
    private readonly HashSet<string> _calls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _contents = new(StringComparer.Ordinal);

    public static BatchStanding Read(NpgsqlConnection connection, IEnumerable<AppendUnit> units)
    {
        var (standing, all) = (new BatchStanding(), units.ToList());
        using var batch = connection.CreateBatch();
        Ask(batch, "SELECT stream, seq, hash, last_at FROM journal_heads WHERE stream = ANY ($1)", all.SelectMany(unit => unit.Records).Select(record => record.Stream));
        Ask(batch, "SELECT call_id FROM journal_calls WHERE call_id = ANY ($1)", all.Select(unit => unit.Claim?.CallId).OfType<string>());
        Ask(batch, "SELECT id FROM journal_contents WHERE id = ANY ($1)", all.SelectMany(unit => unit.Contents).Select(content => content.Id));
        using var rows = batch.ExecuteReader();
        while (rows.Read()) standing._heads[rows.GetString(0)] = (rows.GetInt64(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3));
        rows.NextResult();
        while (rows.Read()) standing._calls.Add(rows.GetString(0));
        rows.NextResult();
        while (rows.Read()) standing._contents.Add(rows.GetString(0));
        return standing;
    }

    /// <returns>Why the unit cannot be written; null when it fits, and then the next ones stand against it.</returns>
    public AppendResult? Refuse(AppendUnit unit)
    {
        for (var i = 0; i < unit.Records.Count; i++)
        {
            if (!BatchArrays.IsFirstOfItsStream(unit, i)) continue;
            var record = unit.Records[i];
            var head = _heads.GetValueOrDefault(record.Stream, (0, StreamHead.Empty.Hash, DateTimeOffset.MinValue));
            if (record.Seq != head.Seq + 1 || record.PrevHash != head.Hash)
                return new AppendResult(AppendStatus.Conflict, 0, $"Stream '{record.Stream}' stands at seq {head.Seq}; a record that claims to be seq {record.Seq} does not extend it.");
            if (record.At < head.At) return new AppendResult(AppendStatus.Conflict, 0, $"Stream '{record.Stream}' has a later record than {record.At:O}; time does not go backwards.");
        }

        if (unit.Claim is { } claim && _calls.Contains(claim.CallId)) return new AppendResult(AppendStatus.DuplicateClaim, 0, $"The call id '{claim.CallId}' is taken.");
        if (unit.Contents.FirstOrDefault(content => _contents.Contains(content.Id)) is { } there) return new AppendResult(AppendStatus.Unavailable, 0, $"The content id '{there.Id}' is taken.");
        foreach (var record in unit.Records) _heads[record.Stream] = (record.Seq, record.Hash, record.At);
        if (unit.Claim is { } made) _calls.Add(made.CallId);
        foreach (var content in unit.Contents) _contents.Add(content.Id);
        return null;
    }

    private static void Ask(NpgsqlBatch batch, string sql, IEnumerable<string> keys) =>
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter { Value = keys.Distinct(StringComparer.Ordinal).ToArray() } } });
}
