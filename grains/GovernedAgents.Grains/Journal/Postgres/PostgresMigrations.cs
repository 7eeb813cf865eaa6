using System.Globalization;
using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <param name="Number">From 1, without gaps.</param>
/// <param name="Applied">When, by the database's clock; null when it is missing.</param>
public sealed record MigrationStatus(int Number, string Name, DateTimeOffset? Applied);

/// <summary>
/// The numbered, forward-only migrations (<c>deploy/sql/migrations</c>, inside this assembly). One that was released is never changed; the next number corrects it. They
/// are applied by the schema's owner; a silo only looks.
/// </summary>
public static class PostgresMigrations
{
    private const string Prefix = "GovernedAgents.Sql.migrations.";
    private const long Lock = 7_100;

    private static readonly (int Number, string Name, string Sql)[] All =
    [
        .. typeof(PostgresMigrations).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => (int.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), name[(Prefix.Length + 5)..^".sql".Length], Read(name))),
    ];

    public static int Newest => All.Length;

    /// <summary>Every migration of this program, in order.</summary>
    public static async Task<IReadOnlyList<MigrationStatus>> StatusAsync(NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        var applied = new Dictionary<int, DateTimeOffset>();
        if (await ExistsAsync(database, cancellation))
        {
            await using var command = database.CreateCommand("SELECT number, applied FROM schema_migrations");
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation)) applied[rows.GetInt32(0)] = rows.GetFieldValue<DateTimeOffset>(1);
        }

        return
        [
            .. All.Select(migration => new MigrationStatus(migration.Number, migration.Name, applied.TryGetValue(migration.Number, out var at) ? at : null)),
            .. applied.Where(one => one.Key > Newest).OrderBy(one => one.Key).Select(one => new MigrationStatus(one.Key, "of a newer version", one.Value)),
        ];
    }

    /// <summary>Applies what is missing, all in one transaction that nobody else is in, and gives <paramref name="siloRole"/> what a silo needs and no more.</summary>
    /// <returns>How many were applied.</returns>
    /// <exception cref="JournalOpenException">The database is from a newer program, or the role does not exist.</exception>
    public static async Task<int> UpAsync(NpgsqlDataSource database, string? siloRole, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({Lock})", cancellation);
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT clock_timestamp())", cancellation);
        var version = await VersionAsync(connection, cancellation);
        if (version > Newest) throw Newer(version);
        foreach (var (number, name, sql) in All.Where(migration => migration.Number > version))
        {
            await RunAsync(connection, sql, cancellation);
            await RunAsync(connection, $"INSERT INTO schema_migrations (number, name) VALUES ({number}, '{name}')", cancellation);
        }

        if (siloRole is not null) await GrantAsync(connection, siloRole, cancellation);
        await transaction.CommitAsync(cancellation);
        return Newest - version;
    }

    /// <summary>The role that <c>deploy/sql/roles.sql</c> makes for silos; null where it does not exist.</summary>
    public static async Task<string?> DefaultRoleAsync(NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("SELECT rolname::text FROM pg_roles WHERE rolname = 'governedagents_silo'");
        return (string?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <exception cref="JournalOpenException">The schema is not the one that this program was made for.</exception>
    internal static void Verify(NpgsqlDataSource database)
    {
        using var connection = database.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT to_regclass('schema_migrations') IS NOT NULL";
        var version = 0;
        if ((bool)command.ExecuteScalar()!)
        {
            command.CommandText = "SELECT coalesce(max(number), 0) FROM schema_migrations";
            version = (int)command.ExecuteScalar()!;
        }

        if (version > Newest) throw Newer(version);
        if (version < Newest)
            throw new JournalOpenException($"The database '{connection.Database}' has schema {version}, this program needs {Newest}. Run 'GovernedAgents.Silo migrate up' as the schema's owner.");
    }

    private static JournalOpenException Newer(int version) =>
        new($"The database has schema {version}, this program knows up to {Newest}. Run the newer version of GovernedAgents that migrated it.");

    private static async Task GrantAsync(NpgsqlConnection connection, string role, CancellationToken cancellation)
    {
        await using var exists = connection.CreateCommand();
        exists.CommandText = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
        exists.Parameters.Add(new NpgsqlParameter { Value = role });
        if (!(bool)(await exists.ExecuteScalarAsync(cancellation))!)
            throw new JournalOpenException($"There is no role '{role}' to grant to. Create it (deploy/sql/roles.sql), or name another with --silo-role.");
        await RunAsync(connection, Read("GovernedAgents.Sql.grants.sql").Replace("%ROLE%", '"' + role.Replace("\"", "\"\"", StringComparison.Ordinal) + '"', StringComparison.Ordinal), cancellation);
    }

    private static async Task<bool> ExistsAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT to_regclass('schema_migrations') IS NOT NULL");
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(number), 0) FROM schema_migrations";
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts of this assembly; the role's name is quoted.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string Read(string name)
    {
        using var text = new StreamReader(typeof(PostgresMigrations).Assembly.GetManifestResourceStream(name)!);
        return text.ReadToEnd();
    }
}
