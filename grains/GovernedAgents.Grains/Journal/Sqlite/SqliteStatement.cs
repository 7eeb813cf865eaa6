using SQLitePCL;

namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>A prepared statement of the writer, reused for every row: the command objects of ADO.NET cost more than the row itself.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteFault.Check(database, raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public SqliteStatement Bind(int index, ReadOnlySpan<byte> utf8)
    {
        SqliteFault.Check(_database, raw.sqlite3_bind_text(_statement, index, utf8));
        return this;
    }

    public SqliteStatement Bind(int index, string? text)
    {
        SqliteFault.Check(_database, text is null ? raw.sqlite3_bind_null(_statement, index) : raw.sqlite3_bind_text(_statement, index, text));
        return this;
    }

    public SqliteStatement Bind(int index, long value)
    {
        SqliteFault.Check(_database, raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    public SqliteStatement Bind(int index, long? value)
    {
        SqliteFault.Check(_database, value is { } number ? raw.sqlite3_bind_int64(_statement, index, number) : raw.sqlite3_bind_null(_statement, index));
        return this;
    }

    public SqliteStatement BindBlob(int index, ReadOnlySpan<byte> bytes)
    {
        SqliteFault.Check(_database, bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, bytes));
        return this;
    }

    /// <summary>Runs it to the end. The number of rows changed.</summary>
    public int Execute()
    {
        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) throw SqliteFault.Of(_database, code);
        return raw.sqlite3_changes(_database);
    }

    /// <summary>Reads the first row, if there is one.</summary>
    public bool TryRead<T>(Func<sqlite3_stmt, T> read, out T? value)
    {
        try
        {
            var code = raw.sqlite3_step(_statement);
            if (code == raw.SQLITE_ROW)
            {
                value = read(_statement);
                return true;
            }

            if (code != raw.SQLITE_DONE) throw SqliteFault.Of(_database, code);
            value = default;
            return false;
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    public void Dispose() => _statement.Dispose();
}
