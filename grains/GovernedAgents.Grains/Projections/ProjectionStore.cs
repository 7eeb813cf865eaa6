using GovernedAgents.Grains.Journal.Sqlite;
using Microsoft.Data.Sqlite;

namespace GovernedAgents.Grains.Projections;

/// <summary>
/// The read model's tables in a SQLite file of their own (never the journal's, which has one writer). Everything here can be made again from the
/// journal, so it is not synced to disk with each commit.
/// </summary>
public sealed class ProjectionStore : IProjectionStore, IDisposable
{
    private const int SchemaVersion = 2;
    private readonly SqliteConnection _writer;
    private readonly string _readString;
    private readonly SqliteStatement _begin, _commit, _upsert, _position;

    public ProjectionStore(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "projections.db");
        _writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _readString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, DefaultTimeout = 5 }.ToString();
        _writer.Open();
        Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4096;");
        using var version = _writer.CreateCommand();
        version.CommandText = "PRAGMA user_version";
        if (Convert.ToInt32(version.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) != SchemaVersion) Reset();
        (_begin, _commit) = (new SqliteStatement(_writer.Handle!, "BEGIN"), new SqliteStatement(_writer.Handle!, "COMMIT"));
        _upsert = new SqliteStatement(_writer.Handle!, """
            INSERT INTO rows (created, id, type, environment, session, state, starter, agent, due, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (created) DO UPDATE SET state = excluded.state, due = excluded.due, document = excluded.document
            """);
        _position = new SqliteStatement(_writer.Handle!, "INSERT INTO position (one, pos, hash) VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET pos = excluded.pos, hash = excluded.hash");
    }

    public Task<ProjectionPosition> ReadPositionAsync(CancellationToken cancellation)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = "SELECT pos, hash FROM position";
        using var reader = command.ExecuteReader();
        return Task.FromResult(reader.Read() ? new ProjectionPosition(reader.GetInt64(0), reader.GetString(1)) : default);
    }

    public Task ResetAsync(CancellationToken cancellation)
    {
        Reset();
        return Task.CompletedTask;
    }

    // A record makes at most one row, so where it began is its key: calls are found by the position that the journal keeps with their id.
    private void Reset() => Execute($"""
        BEGIN;
        DROP TABLE IF EXISTS rows; DROP TABLE IF EXISTS position;
        CREATE TABLE rows (created INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, environment TEXT, session TEXT, state TEXT NOT NULL,
            starter TEXT, agent TEXT, due INTEGER, document TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX rows_id ON rows (id) WHERE type <> 'call';
        CREATE INDEX rows_list ON rows (type, created);
        CREATE INDEX rows_state ON rows (type, state, created);
        CREATE INDEX rows_session ON rows (session, type, created) WHERE session IS NOT NULL;
        CREATE INDEX rows_due ON rows (due) WHERE due IS NOT NULL;
        CREATE TABLE position (one INTEGER PRIMARY KEY, pos INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
        PRAGMA user_version = {SchemaVersion};
        COMMIT;
        """);

    public ValueTask<string?> FindAsync(string id, CancellationToken cancellation) => new(Document("SELECT document FROM rows WHERE id = $key AND type <> 'call'", id));

    public ValueTask<string?> FindAtAsync(long createdPos, CancellationToken cancellation) => new(Document("SELECT document FROM rows WHERE created = $key", createdPos));

    /// <inheritdoc/>
    /// <remarks>One process owns the file and one caller writes: the position is where that caller left it.</remarks>
    public Task<bool> SaveAsync(IEnumerable<ProjectedRow> rows, ProjectionPosition from, ProjectionPosition to, CancellationToken cancellation)
    {
        _begin.Execute();
        try
        {
            foreach (var row in rows)
            {
                _upsert.Bind(1, row.CreatedPos).Bind(2, row.Id).Bind(3, row.Type).Bind(4, row.Environment).Bind(5, row.Session).Bind(6, row.State)
                    .Bind(7, row.Starter).Bind(8, row.Agent).Bind(9, row.DueTicks).Bind(10, row.Document).Execute();
            }

            _position.Bind(1, to.Pos).Bind(2, to.Hash).Execute();
            _commit.Execute();
            return Task.FromResult(true);
        }
        catch
        {
            // A full disk makes SQLite end the transaction itself.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) == 0) Execute("ROLLBACK");
            throw;
        }
    }

    public Task<IReadOnlyList<(long CreatedPos, string Id, string Document)>> ListAsync(RowFilter filter, long before, string? beforeId, int limit, CancellationToken cancellation)
    {
        using var connection = new SqliteConnection(_readString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT created, id, document FROM rows WHERE type = $type AND (created < $before OR (created = $before AND id < $beforeId))
            AND ($environment IS NULL OR environment = $environment) AND ($session IS NULL OR session = $session) AND ($state IS NULL OR state = $state)
            AND ($starter IS NULL OR starter = $starter) AND ($agent IS NULL OR agent = $agent) ORDER BY created DESC, id DESC LIMIT $limit
            """;
        (string, object?)[] values =
        [
            ("$type", filter.Type), ("$before", before), ("$beforeId", beforeId ?? ""), ("$environment", filter.Environment), ("$session", filter.Session), ("$state", filter.State),
            ("$starter", filter.Starter), ("$agent", filter.Agent), ("$limit", limit),
        ];
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var rows = new List<(long, string, string)>();
        while (reader.Read()) rows.Add((reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        return Task.FromResult<IReadOnlyList<(long, string, string)>>(rows);
    }

    public Task<IReadOnlyList<(string Type, string Id, string? Environment)>> DueAsync(long nowTicks, int limit, CancellationToken cancellation)
    {
        using var connection = new SqliteConnection(_readString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT type, id, environment FROM rows WHERE due <= $now ORDER BY due LIMIT $limit";
        command.Parameters.AddWithValue("$now", nowTicks);
        command.Parameters.AddWithValue("$limit", limit);
        using var reader = command.ExecuteReader();
        var rows = new List<(string, string, string?)>();
        while (reader.Read()) rows.Add((reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        return Task.FromResult<IReadOnlyList<(string, string, string?)>>(rows);
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[_begin, _commit, _upsert, _position]) statement.Dispose();
        _writer.Dispose();
    }

    private string? Document(string sql, object key)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$key", key);
        return (string?)command.ExecuteScalar();
    }

    private void Execute(string sql)
    {
        using var command = _writer.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
