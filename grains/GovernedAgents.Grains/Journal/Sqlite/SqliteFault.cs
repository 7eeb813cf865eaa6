using SQLitePCL;

namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>SQLite refused something. <see cref="Code"/> is the primary result code (sqlite.org/rescode.html).</summary>
internal sealed class SqliteFault(int code, string message) : Exception(message)
{
    public int Code { get; } = code & 0xff;

    public bool IsRowFault => Code is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE;

    public static SqliteFault Of(sqlite3 database, int code) => new(code, $"SQLite {code}: {raw.sqlite3_errmsg(database).utf8_to_string()}");

    public static void Check(sqlite3 database, int code)
    {
        if (code != raw.SQLITE_OK) throw Of(database, code);
    }

    /// <summary>What a caller is told.</summary>
    public string Detail => Code switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "The journal's file is locked by another program; end it and retry.",
        raw.SQLITE_FULL => "The journal's disk is full; free some space and retry.",
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN => "The journal's file cannot be written; check its permissions and retry.",
        _ => $"The journal's file cannot be written now ({Message}).",
    };
}
