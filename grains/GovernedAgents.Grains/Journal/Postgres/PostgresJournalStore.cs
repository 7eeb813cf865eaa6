using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>
/// The cluster's back end. Each batch is one statement, <c>journal_append</c>, and so one round trip, one transaction and one fsync; this silo holds no lock between
/// statements. Every silo has a writer with an epoch: settling an unknown commit raises it, and what is still on its way under the old one is refused.
/// </summary>
public sealed partial class PostgresJournalStore(NpgsqlDataSource database) : IJournalStore
{
    /// <summary>The latest instant is looked for among so many of the newest records: clocks of silos differ by less than these take.</summary>
    private const int NewestRecords = 10_000;

    private PostgresWriter? _writer;
    private int _id;
    private long _epoch;

    public bool SoleWriter => false;

    public JournalOpening Open()
    {
        try
        {
            PostgresMigrations.Verify(database);
            _writer = new PostgresWriter(database);
            using var command = _writer.Connection.CreateCommand();
            command.CommandText = "INSERT INTO journal_writers DEFAULT VALUES RETURNING id";
            (_id, _epoch) = ((int)command.ExecuteScalar()!, 0);
            command.CommandText = $"""
                SELECT coalesce(max(pos), 0), max(at), clock_timestamp() FROM (SELECT pos, at FROM journal_records ORDER BY pos DESC LIMIT {NewestRecords}) AS newest
                """;
            using var row = command.ExecuteReader();
            row.Read();
            return new JournalOpening(row.GetInt64(0), row.IsDBNull(1) ? DateTimeOffset.MinValue : row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2));
        }
        catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
        {
            Close();
            throw new JournalOpenException($"The journal's database cannot be used: {fault.Message}. {PostgresFault.Detail(fault)} Check Governance:Storage:ConnectionString.");
        }
    }

    public CommitOutcome Settle(JournalBatch batch)
    {
        Close();
        var writer = new PostgresWriter(database);
        try
        {
            using var transaction = writer.Connection.BeginTransaction();
            using var command = writer.Connection.CreateCommand();
            // INVARIANT (absent stays absent): waits for a statement of this writer that still runs, and fences one that has not arrived yet.
            command.CommandText = $"SELECT pg_advisory_xact_lock(7101, {_id}); UPDATE journal_writers SET epoch = epoch + 1 WHERE id = {_id}";
            command.ExecuteNonQuery();
            command.CommandText = $"SELECT epoch FROM journal_writers WHERE id = {_id}";
            var epoch = command.ExecuteScalar() as long? ?? throw new InvalidOperationException("The journal does not know this writer any more: the database was replaced while the silo ran. Restart the silo.");
            var positions = Find(writer.Connection, batch);
            transaction.Commit();
            (_writer, _epoch) = (writer, epoch);
            return batch.SettleBy(positions);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Says good-bye, so that writers that are gone do not gather; one that was killed stays as a row.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        try
        {
            await using var command = database.CreateCommand($"DELETE FROM journal_writers WHERE id = {_id}");
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
        {
            // Without the database there is nothing to tidy up.
        }
    }

    private void Close()
    {
        _writer?.Dispose();
        _writer = null;
    }

    /// <summary>For each unit the position of its last record, or 0. A position belongs to one unit only: the first that could have written it.</summary>
    private static long[] Find(NpgsqlConnection connection, JournalBatch batch)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT wanted.number, record.pos FROM unnest($1, $2, $3) WITH ORDINALITY AS wanted (stream, seq, hash, number)
            JOIN journal_records AS record ON record.stream = wanted.stream AND record.seq = wanted.seq AND record.hash = wanted.hash ORDER BY wanted.number
            """;
        command.Parameters.Add(new NpgsqlParameter { Value = batch.Units.Select(unit => unit.Records[^1].Stream).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = batch.Units.Select(unit => unit.Records[^1].Seq).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = batch.Units.Select(unit => unit.Records[^1].Hash).ToArray() });
        using var rows = command.ExecuteReader();
        var (taken, positions) = (new HashSet<long>(), new long[batch.Units.Count]);
        while (rows.Read())
            if (taken.Add(rows.GetInt64(1))) positions[rows.GetInt64(0) - 1] = rows.GetInt64(1);
        return positions;
    }
}
