using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>The one data source of a silo: journal, read model and migrations share its pool.</summary>
public static class PostgresDatabase
{
    /// <summary>Longest answer to wait for, seconds. A database that takes longer counts as unreachable: what was asked fails closed, and recovers by itself.</summary>
    public const int CommandSeconds = 5;

    /// <summary>
    /// What the operator's connection string does not say: a pool that leaves room on a server with 100 connections for three silos, prepared statements, short
    /// time-outs, keep-alives that notice a vanished host.
    /// </summary>
    /// <exception cref="JournalOpenException">The connection string cannot be read.</exception>
    public static string Complete(string connectionString)
    {
        NpgsqlConnectionStringBuilder given;
        try
        {
            given = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException fault)
        {
            throw new JournalOpenException($"Governance:Storage:ConnectionString cannot be read ({fault.Message}). Write one like 'Host=db;Database=governedagents;Username=governedagents_silo'.");
        }

        var complete = new NpgsqlConnectionStringBuilder
        {
            ApplicationName = "governedagents", MaxPoolSize = 20, Timeout = CommandSeconds, CommandTimeout = CommandSeconds, MaxAutoPrepare = 64, AutoPrepareMinUsages = 2,
            TcpKeepAlive = true, TcpKeepAliveTime = 5, TcpKeepAliveInterval = 2,
            // A database that does not answer does not answer a cancellation either: the connection is dropped, and the server ends what was left behind.
            CancellationTimeout = -1, Options = $"-c statement_timeout={2 * CommandSeconds}s",
        };
        foreach (var key in given.Keys) complete[key] = given[key];
        return complete.ToString();
    }

    /// <summary>For migrations, which may take as long as they need.</summary>
    /// <inheritdoc cref="Complete"/>
    public static NpgsqlDataSource ConnectToMigrate(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Complete(connectionString)) { CommandTimeout = 0, Options = "-c statement_timeout=0", Pooling = false });

    /// <inheritdoc cref="Complete"/>
    public static NpgsqlDataSource Connect(string connectionString) => new NpgsqlDataSourceBuilder(Complete(connectionString)).Build();
}
