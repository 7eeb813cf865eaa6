using Microsoft.Data.Sqlite;

namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>
/// What the AdoNet grain storage provider expects of a database: its statements in <c>OrleansQuery</c>, and a table that they work on. The key is
/// unique in the database, so that of two first writes only one wins. A write returns <c>NewGrainStateVersion</c>, or no row when the version had moved.
/// </summary>
internal static class GrainStorageSchema
{
    private const string Key =
        "GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 "
        + "AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString IS @GrainIdExtensionString AND ServiceId = @ServiceId";

    private const string Tables =
        """
        CREATE TABLE IF NOT EXISTS OrleansQuery (QueryKey TEXT PRIMARY KEY NOT NULL, QueryText TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS OrleansStorage (
            GrainIdHash INTEGER NOT NULL,
            GrainIdN0 INTEGER NOT NULL,
            GrainIdN1 INTEGER NOT NULL,
            GrainTypeHash INTEGER NOT NULL,
            GrainTypeString TEXT NOT NULL,
            GrainIdExtensionString TEXT,
            ServiceId TEXT NOT NULL,
            PayloadBinary BLOB,
            ModifiedOn TEXT NOT NULL,
            Version INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX IF NOT EXISTS OrleansStorageKey ON OrleansStorage
            (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, coalesce(GrainIdExtensionString, ''), ServiceId);
        """;

    private const string Write =
        $"""
        INSERT INTO OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
        SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary, datetime('now'), 1
        WHERE @GrainStateVersion IS NULL OR EXISTS (SELECT 1 FROM OrleansStorage WHERE {Key} AND Version = @GrainStateVersion)
        ON CONFLICT DO UPDATE SET PayloadBinary = excluded.PayloadBinary, ModifiedOn = excluded.ModifiedOn, Version = Version + 1 WHERE Version = @GrainStateVersion
        RETURNING Version AS NewGrainStateVersion
        """;

    private const string Read = $"SELECT PayloadBinary, ModifiedOn, Version FROM OrleansStorage WHERE {Key}";

    private const string Clear =
        $"UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1 WHERE {Key} AND Version = @GrainStateVersion RETURNING Version AS NewGrainStateVersion";

    private const string Delete =
        $"DELETE FROM OrleansStorage WHERE {Key} AND Version = @GrainStateVersion RETURNING Version + 1 AS NewGrainStateVersion";

    /// <summary>Idempotent; one transaction.</summary>
    public static void Apply(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        Run(connection, null, "PRAGMA journal_mode=WAL");
        using var transaction = connection.BeginTransaction(deferred: false);
        Run(connection, transaction, Tables);
        foreach (var (key, text) in new[] { ("WriteToStorageKey", Write), ("ReadFromStorageKey", Read), ("ClearStorageKey", Clear), ("DeleteStorageKey", Delete) })
            Run(connection, transaction, "INSERT INTO OrleansQuery VALUES ($key, $text) ON CONFLICT DO UPDATE SET QueryText = excluded.QueryText", ("$key", key), ("$text", text));
        transaction.Commit();
    }

    private static void Run(SqliteConnection connection, SqliteTransaction? transaction, string sql, params (string Name, string Value)[] values)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Constant texts of ours; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }
}
