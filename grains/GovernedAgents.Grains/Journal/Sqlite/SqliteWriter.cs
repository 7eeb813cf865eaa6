using GovernedAgents.Policy.Audit;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>The writer's connection with its prepared statements. Belongs to one thread at a time.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<SqliteStatement> _statements = [];

    public SqliteWriter(string path, int busyMilliseconds)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWriteCreate }.ToString());
        try
        {
            _connection.Open();
            Run($"PRAGMA busy_timeout={busyMilliseconds}");
            Run("PRAGMA journal_mode=WAL");
            Run("PRAGMA synchronous=FULL");
            // Call ids are random keys: the default cache of 2 MB reads and spills their pages within a batch.
            Run("PRAGMA cache_size=-65536");
            // A page that many batches touch goes to the database file once for them all; the log stays under about 40 MB.
            Run("PRAGMA wal_autocheckpoint=8192");
            Run("PRAGMA journal_size_limit=67108864");
            // An erased content is overwritten, not only unlinked.
            Run("PRAGMA secure_delete=ON");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public SqliteConnection Connection => _connection;

    public sqlite3 Handle => _connection.Handle!;

    public SqliteStatement Begin { get; private set; } = null!;
    public SqliteStatement Commit { get; private set; } = null!;
    public SqliteStatement Save { get; private set; } = null!;
    public SqliteStatement Undo { get; private set; } = null!;
    public SqliteStatement Release { get; private set; } = null!;
    private SqliteStatement InsertRecord { get; set; } = null!;
    private SqliteStatement InsertHead { get; set; } = null!;
    private SqliteStatement MoveHead { get; set; } = null!;
    private SqliteStatement InsertContent { get; set; } = null!;
    private SqliteStatement InsertClaim { get; set; } = null!;
    private SqliteStatement SelectClaim { get; set; } = null!;
    private SqliteStatement InsertSorted { get; set; } = null!;
    private SqliteStatement DeleteNewClaims { get; set; } = null!;
    private SqliteStatement SelectHead { get; set; } = null!;
    private SqliteStatement SelectRecord { get; set; } = null!;
    private SqliteStatement SelectNewest { get; set; } = null!;
    private SqliteStatement EraseContent { get; set; } = null!;
    private SqliteStatement EraseExpired { get; set; } = null!;
    private SqliteStatement BumpFence { get; set; } = null!;

    /// <summary>After the schema is there.</summary>
    public void Prepare()
    {
        Begin = Add("BEGIN IMMEDIATE");
        Commit = Add("COMMIT");
        Save = Add("SAVEPOINT unit");
        Undo = Add("ROLLBACK TO unit");
        Release = Add("RELEASE unit");
        InsertRecord = Add("INSERT INTO records (pos, stream, seq, at, kind, payload, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        InsertHead = Add("INSERT INTO heads (stream, seq, hash, last_pos, last_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
        MoveHead = Add("UPDATE heads SET seq = ?2, hash = ?3, last_pos = ?4, last_at = ?5 WHERE stream = ?1 AND seq = ?6 AND hash = ?7");
        InsertContent = Add("INSERT INTO content (id, salt, bytes, expires) VALUES (?1, ?2, ?3, ?4)");
        InsertClaim = Add("INSERT INTO calls_new (pos, call_id, session, environment, request_hash) VALUES (?1, ?2, ?3, ?4, ?5)");
        SelectClaim = Add("SELECT 1 FROM calls WHERE call_id = ?1");
        InsertSorted = Add("INSERT INTO calls (call_id, session, environment, request_hash, pos) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
        DeleteNewClaims = Add("DELETE FROM calls_new WHERE pos <= ?1");
        SelectHead = Add("SELECT seq, hash, last_pos, last_at FROM heads WHERE stream = ?1");
        SelectRecord = Add("SELECT pos, hash FROM records WHERE stream = ?1 AND seq = ?2");
        SelectNewest = Add("SELECT coalesce(max(pos), 0) FROM records");
        EraseContent = Add("DELETE FROM content WHERE id = ?1");
        EraseExpired = Add("DELETE FROM content WHERE expires <= ?1");
        BumpFence = Add("UPDATE meta SET value = value + 1 WHERE name = 'fence'");
    }

    public void Insert(JournalRecord record, long pos)
    {
        Span<byte> at = stackalloc byte[AuditInstant.Length];
        AuditInstant.Format(record.At, at);
        InsertRecord.Bind(1, pos).Bind(2, record.Stream).Bind(3, record.Seq).Bind(4, at).Bind(5, record.Kind)
            .BindBlob(6, record.Payload.Span).Bind(7, record.PrevHash).Bind(8, record.Hash).Execute();
    }

    public void Insert(ContentWrite content) =>
        InsertContent.Bind(1, content.Id).BindBlob(2, content.Salt.Span).BindBlob(3, content.Bytes.Span)
            .Bind(4, content.Expires is { } expires ? AuditInstant.Format(expires) : null).Execute();

    public void Insert(CallClaim claim, long pos) =>
        InsertClaim.Bind(1, pos).Bind(2, claim.CallId).Bind(3, claim.Session).Bind(4, claim.Environment).Bind(5, claim.RequestHash).Execute();

    /// <summary>Whether it is among the sorted claims.</summary>
    public bool IsClaimed(string callId) => SelectClaim.Bind(1, callId).TryRead(static _ => true, out var found) && found;

    public void SortIn(CallClaim claim) =>
        InsertSorted.Bind(1, claim.CallId).Bind(2, claim.Session).Bind(3, claim.Environment).Bind(4, claim.RequestHash).Bind(5, claim.Pos).Execute();

    public void DropNewClaims(long upToPos) => DeleteNewClaims.Bind(1, upToPos).Execute();

    public List<CallClaim> ReadNewClaims()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT call_id, session, environment, request_hash, pos FROM calls_new ORDER BY pos";
        using var rows = command.ExecuteReader();
        var claims = new List<CallClaim>();
        while (rows.Read()) claims.Add(SqliteJournalStore.Claim(rows));
        return claims;
    }

    /// <returns>False when the stored head is not <paramref name="from"/>.</returns>
    public bool TryMove(string stream, StoredHead from, StoredHead to)
    {
        Span<byte> at = stackalloc byte[AuditInstant.Length];
        AuditInstant.Format(to.LastAt, at);
        var statement = from.Seq == 0 ? InsertHead : MoveHead;
        statement.Bind(1, stream).Bind(2, to.Seq).Bind(3, to.Hash).Bind(4, to.LastPos).Bind(5, at);
        if (from.Seq > 0) statement.Bind(6, from.Seq).Bind(7, from.Hash);
        return statement.Execute() == 1;
    }

    public StoredHead ReadHead(string stream) =>
        SelectHead.Bind(1, stream).TryRead(static row => new StoredHead(raw.sqlite3_column_int64(row, 0), raw.sqlite3_column_text(row, 1).utf8_to_string(),
            raw.sqlite3_column_int64(row, 2), AuditInstant.Parse(raw.sqlite3_column_text(row, 3).utf8_to_string())), out var head) ? head : StoredHead.Empty;

    /// <summary>The position at which exactly this record is stored, or 0.</summary>
    public long FindRecord(JournalRecord record) =>
        SelectRecord.Bind(1, record.Stream).Bind(2, record.Seq).TryRead(static row => (Pos: raw.sqlite3_column_int64(row, 0),
            Hash: raw.sqlite3_column_text(row, 1).utf8_to_string()), out var found) && found.Hash == record.Hash ? found.Pos : 0;

    public long ReadNewestPos() => SelectNewest.TryRead(static row => raw.sqlite3_column_int64(row, 0), out var pos) ? pos : 0;

    public void Erase(string id) => EraseContent.Bind(1, id).Execute();

    public void EraseExpiredBefore(DateTimeOffset instant) => EraseExpired.Bind(1, AuditInstant.Format(instant)).Execute();

    public void Fence() => BumpFence.Execute();

    /// <summary>Ends a transaction if one is open. SQLite may have ended it itself.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(Handle) == 0) SqliteFault.Check(Handle, raw.sqlite3_exec(Handle, "ROLLBACK"));
    }

    public object? Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of ours.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement.Dispose();
        _connection.Dispose();
    }

    private void Run(string sql) => Scalar(sql);

    private SqliteStatement Add(string sql)
    {
        var statement = new SqliteStatement(Handle, sql);
        _statements.Add(statement);
        return statement;
    }
}
