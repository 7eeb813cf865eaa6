using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace GovernedAgents.Grains.Projections;

/// <summary>
/// The read model's tables beside the journal, for all silos together: whichever silo is first folds a batch, and the position, moved in the same statement, tells the others.
/// Positions become visible in their order (see <c>journal_append</c>), so following them never passes one that could still be committed.
/// </summary>
public sealed class PostgresProjectionStore(NpgsqlDataSource database) : IProjectionStore
{
    public Task<ProjectionPosition> ReadPositionAsync(CancellationToken cancellation) => AskAsync("SELECT pos, hash FROM projection_position", [], async rows =>
    {
        await rows.ReadAsync(cancellation);
        return rows.IsDBNull(1) ? default : new ProjectionPosition(rows.GetInt64(0), rows.GetString(1));
    }, cancellation);

    public Task ResetAsync(CancellationToken cancellation) => AskAsync(
        "WITH emptied AS (DELETE FROM projection_rows) UPDATE projection_position SET pos = 0, hash = NULL", [], _ => Task.FromResult(true), cancellation);

    public ValueTask<string?> FindAsync(string id, CancellationToken cancellation) => new(DocumentAsync("SELECT document FROM projection_rows WHERE id = $1 AND type <> 'call'", id, cancellation));

    public ValueTask<string?> FindAtAsync(long createdPos, CancellationToken cancellation) => new(DocumentAsync("SELECT document FROM projection_rows WHERE created = $1", createdPos, cancellation));

    public Task<bool> SaveAsync(IEnumerable<ProjectedRow> rows, ProjectionPosition from, ProjectionPosition to, CancellationToken cancellation)
    {
        var all = rows.ToList();
        return AskAsync("""
            WITH moved AS (UPDATE projection_position SET pos = $1, hash = $2 WHERE pos = $3 AND hash IS NOT DISTINCT FROM $4 RETURNING 1),
            written AS (
                INSERT INTO projection_rows (created, id, type, environment, session, state, starter, agent, due, document)
                SELECT row.* FROM unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS row (created, id, type, environment, session, state, starter, agent, due, document)
                WHERE EXISTS (SELECT FROM moved)
                ON CONFLICT (created) DO UPDATE SET state = excluded.state, due = excluded.due, document = excluded.document)
            SELECT EXISTS (SELECT FROM moved)
            """,
            [
                Value(to.Pos, NpgsqlDbType.Bigint), Value(to.Hash, NpgsqlDbType.Text), Value(from.Pos, NpgsqlDbType.Bigint), Value(from.Hash, NpgsqlDbType.Text),
                Column(all, row => row.CreatedPos, NpgsqlDbType.Bigint), Texts(all, row => row.Id), Texts(all, row => row.Type), Texts(all, row => row.Environment), Texts(all, row => row.Session),
                Texts(all, row => row.State), Texts(all, row => row.Starter), Texts(all, row => row.Agent), Column(all, row => row.DueTicks, NpgsqlDbType.Bigint), Texts(all, row => row.Document),
            ],
            async moved => await moved.ReadAsync(cancellation) && moved.GetBoolean(0), cancellation);
    }

    public Task<IReadOnlyList<(long CreatedPos, string Id, string Document)>> ListAsync(RowFilter filter, long before, string? beforeId, int limit, CancellationToken cancellation) => AskAsync("""
        SELECT created, id, document FROM projection_rows WHERE type = $1 AND (created < $2 OR (created = $2 AND id < $3))
        AND ($4 IS NULL OR environment = $4) AND ($5 IS NULL OR session = $5) AND ($6 IS NULL OR state = $6) AND ($7 IS NULL OR starter = $7) AND ($8 IS NULL OR agent = $8)
        ORDER BY created DESC, id DESC LIMIT $9
        """,
        [
            Value(filter.Type, NpgsqlDbType.Text), Value(before, NpgsqlDbType.Bigint), Value(beforeId ?? "", NpgsqlDbType.Text), Value(filter.Environment, NpgsqlDbType.Text), Value(filter.Session, NpgsqlDbType.Text),
            Value(filter.State, NpgsqlDbType.Text), Value(filter.Starter, NpgsqlDbType.Text), Value(filter.Agent, NpgsqlDbType.Text), Value(limit, NpgsqlDbType.Integer),
        ],
        rows => ReadAsync(rows, row => (row.GetInt64(0), row.GetString(1), row.GetString(2)), cancellation), cancellation);

    public Task<IReadOnlyList<(string Type, string Id, string? Environment)>> DueAsync(long nowTicks, int limit, CancellationToken cancellation) => AskAsync(
        "SELECT type, id, environment FROM projection_rows WHERE due <= $1 ORDER BY due LIMIT $2", [Value(nowTicks, NpgsqlDbType.Bigint), Value(limit, NpgsqlDbType.Integer)],
        rows => ReadAsync(rows, row => (row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)), cancellation), cancellation);

    private Task<string?> DocumentAsync(string sql, object key, CancellationToken cancellation) =>
        AskAsync(sql, [new NpgsqlParameter { Value = key }], async rows => await rows.ReadAsync(cancellation) ? rows.GetString(0) : null, cancellation);

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(NpgsqlDataReader rows, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var list = new List<T>();
        while (await rows.ReadAsync(cancellation)) list.Add(read(rows));
        return list;
    }

    /// <exception cref="JournalUnavailableException">The database does not answer.</exception>
    private async Task<T> AskAsync<T>(string sql, NpgsqlParameter[] values, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.AddRange(values);
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            return await read(rows);
        }
        catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
        {
            throw new JournalUnavailableException(PostgresFault.Detail(fault), fault);
        }
    }

    private static NpgsqlParameter Value(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static NpgsqlParameter Column<T>(IEnumerable<ProjectedRow> rows, Func<ProjectedRow, T> column, NpgsqlDbType type) =>
        new() { Value = rows.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };

    private static NpgsqlParameter Texts(IEnumerable<ProjectedRow> rows, Func<ProjectedRow, string?> column) => Column(rows, column, NpgsqlDbType.Text);
}
