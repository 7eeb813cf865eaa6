using GovernedAgents.Policy.Audit;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>
/// The embedded back end: <c>journal.db</c> in the data folder, WAL, <c>synchronous=FULL</c>, one writer connection. The folder's lock keeps a second
/// process out; a foreign lock on the file makes appends Unavailable after about a second and passes by itself.
/// </summary>
public sealed partial class SqliteJournalStore : IJournalStore
{
    private readonly string _path;
    private readonly int _busyMilliseconds;
    private readonly HeadCache _heads;
    private readonly ClaimLog _claims = new();
    private SqliteWriter? _writer;
    private long _nextPos;

    /// <param name="folder">Made when it is missing.</param>
    public SqliteJournalStore(string folder, TimeSpan? busyTimeout = null)
    {
        Directory.CreateDirectory(folder);
        _path = System.IO.Path.Combine(folder, "journal.db");
        _busyMilliseconds = (int)(busyTimeout ?? TimeSpan.FromSeconds(1)).TotalMilliseconds;
        _heads = new HeadCache(stream => _writer!.ReadHead(stream));
        _readConnection = new SqliteConnectionStringBuilder { DataSource = _path, Mode = SqliteOpenMode.ReadOnly, Pooling = true, DefaultTimeout = 5 }.ToString();
    }

    /// <summary>The database file.</summary>
    public string Path => _path;

    public bool SoleWriter => true;

    public JournalOpening Open()
    {
        SqliteWriter? writer = null;
        try
        {
            writer = new SqliteWriter(_path, _busyMilliseconds);
            SqliteSchema.Apply(writer.Connection, _path);
            writer.Prepare();
            var newest = writer.ReadNewestPos();
            // The writer's clock is one for all streams: the latest instant is among the newest records, so that millions of heads need no scan.
            var lastAt = writer.Scalar($"SELECT max(at) FROM records WHERE pos > {newest - 100_000}") as string;
            var now = (string)writer.Scalar("SELECT strftime('%Y-%m-%dT%H:%M:%f') || '000Z'")!;
            _claims.Load(writer);
            (_writer, _nextPos) = (writer, newest + 1);
            return new JournalOpening(newest, lastAt is null ? DateTimeOffset.MinValue : AuditInstant.Parse(lastAt), AuditInstant.Parse(now));
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT)
        {
            writer?.Dispose();
            throw new JournalOpenException($"'{_path}' is not a journal or is damaged ({fault.Message}). Put a backup in its place or move it away.");
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    public CommitOutcome Commit(JournalBatch batch)
    {
        var writer = _writer ?? throw new InvalidOperationException("The journal's connection is being settled.");
        try
        {
            return TryFast(writer, batch) ?? Replay(writer, batch);
        }
        catch (SqliteFault fault) when (fault.Code is not (raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB))
        {
            // Before COMMIT, or refused by it before its last frame: with the rollback done nothing of the batch can appear later.
            Forget();
            writer.Rollback();
            batch.Detail = fault.Detail;
            return CommitOutcome.NotWritten;
        }
    }

    public CommitOutcome Settle(JournalBatch batch)
    {
        _heads.Forget();
        Close();
        var writer = new SqliteWriter(_path, _busyMilliseconds);
        try
        {
            writer.Prepare();
            writer.Begin.Execute();
            // A failed commit may have left its frames in the log. A commit of our own takes their place, so that no recovery brings them back.
            writer.Fence();
            var positions = Find(writer, batch);
            writer.Commit.Execute();
            _claims.Load(writer);
            _nextPos = writer.ReadNewestPos() + 1;
            _writer = writer;
            return batch.SettleBy(positions);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public bool Tidy()
    {
        try
        {
            return _claims.SortSome(_writer!);
        }
        catch (SqliteFault)
        {
            // Nothing waits for it: the next idle moment comes.
            _claims.Rollback();
            _writer!.Rollback();
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        // The readers first: the last connection to close folds the log into the file, and a read-only one could not.
        using (var pool = new SqliteConnection(_readConnection)) SqliteConnection.ClearPool(pool);
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Bounds the file (PRAGMA max_page_count), so that a full disk can be had without one. Not while appends run.</summary>
    internal void LimitPages(long pages) => _writer!.Scalar($"PRAGMA max_page_count={pages}");

    private void Forget()
    {
        _heads.Forget();
        _claims.Rollback();
    }

    private void Close()
    {
        _writer?.Dispose();
        _writer = null;
    }

    /// <summary>For each unit the position of its last record, or 0. A position belongs to one unit only: the first that could have written it.</summary>
    private static long[] Find(SqliteWriter writer, JournalBatch batch)
    {
        var taken = new HashSet<long>();
        var positions = new long[batch.Units.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var pos = writer.FindRecord(batch.Units[i].Records[^1]);
            if (pos > 0 && taken.Add(pos)) positions[i] = pos;
        }

        return positions;
    }
}
