using Microsoft.Data.Sqlite;

namespace GovernedAgents.Grains.Journal.Sqlite;

/// <summary>The numbered, forward-only migrations of <c>journal.db</c>. One that was released is never changed; the next number corrects it.</summary>
internal static class SqliteSchema
{
    public static int Newest => Migrations.Length;

    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE records (
            pos INTEGER PRIMARY KEY,
            stream TEXT NOT NULL,
            seq INTEGER NOT NULL,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            payload BLOB NOT NULL,
            prev_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            UNIQUE (stream, seq)
        ) STRICT;
        CREATE TABLE heads (
            stream TEXT PRIMARY KEY,
            seq INTEGER NOT NULL,
            hash TEXT NOT NULL,
            last_pos INTEGER NOT NULL,
            last_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE content (
            id TEXT PRIMARY KEY,
            salt BLOB NOT NULL,
            bytes BLOB NOT NULL,
            expires TEXT
        ) STRICT;
        CREATE INDEX content_expires ON content (expires) WHERE expires IS NOT NULL;
        CREATE TABLE calls (
            call_id TEXT PRIMARY KEY,
            session TEXT NOT NULL,
            environment TEXT NOT NULL,
            request_hash TEXT NOT NULL,
            pos INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX calls_session ON calls (session);
        CREATE TABLE calls_new (
            pos INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            session TEXT NOT NULL,
            environment TEXT NOT NULL,
            request_hash TEXT NOT NULL
        ) STRICT;
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES ('fence', 0);
        """,
    ];

    /// <summary>Applies what is missing, each migration in one transaction with its number.</summary>
    /// <exception cref="JournalOpenException">The file is from a newer program.</exception>
    public static void Apply(SqliteConnection connection, string path)
    {
        Run(connection, null, "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied TEXT NOT NULL) STRICT");
        while (true)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            using var newest = connection.CreateCommand();
            newest.Transaction = transaction;
            newest.CommandText = "SELECT coalesce(max(number), 0) FROM migrations";
            var version = (long)newest.ExecuteScalar()!;
            if (version > Newest)
                throw new JournalOpenException($"'{path}' has schema {version}, this program knows up to {Newest}. Run the newer version of GovernedAgents that wrote it.");
            if (version == Newest) return;
            Run(connection, transaction, Migrations[version]);
            Run(connection, transaction, $"INSERT INTO migrations VALUES ({version + 1}, strftime('%Y-%m-%dT%H:%M:%fZ'))");
            transaction.Commit();
        }
    }

    private static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Constant text and a number of ours.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
