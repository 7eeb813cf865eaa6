using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Postgres;
using Npgsql;

namespace GovernedAgents.Silo.Migrations;

/// <summary>
/// <c>migrate status|up</c>: the database's schema, by its owner. Part of the silo's program and not of <c>gov</c>: the scripts that are applied are those that this very silo
/// needs, and people's command line knows neither the database nor its credentials.
/// </summary>
internal static class MigrateCommand
{
    private const string Usage = """
        GovernedAgents.Silo migrate status|up [--Governance:Storage:ConnectionString=…] [--silo-role=NAME]

        status   what is applied and what is missing; exit code 1 when something is missing
        up       applies what is missing, as the owner of the schema, and gives the role of the silos what they need (default: governedagents_silo, if it exists)
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var settings = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true).AddEnvironmentVariables().AddCommandLine([.. args.Skip(1)]).Build();
        if (args is not [("status" or "up") and var verb, ..] || settings["Governance:Storage:ConnectionString"] is not { Length: > 0 } connectionString)
        {
            await System.Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        try
        {
            await using var database = PostgresDatabase.ConnectToMigrate(connectionString);
            return verb == "up" ? await UpAsync(database, settings["silo-role"]) : await StatusAsync(database);
        }
        catch (Exception fault) when (fault is JournalOpenException or NpgsqlException)
        {
            await System.Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    private static async Task<int> UpAsync(NpgsqlDataSource database, string? role)
    {
        var applied = await PostgresMigrations.UpAsync(database, role ?? await PostgresMigrations.DefaultRoleAsync(database));
        System.Console.WriteLine(applied == 0 ? $"The schema is up to date ({PostgresMigrations.Newest})." : $"{applied} migration(s) applied; the schema is at {PostgresMigrations.Newest}.");
        return 0;
    }

    private static async Task<int> StatusAsync(NpgsqlDataSource database)
    {
        var all = await PostgresMigrations.StatusAsync(database);
        foreach (var migration in all) System.Console.WriteLine($"{migration.Number:D4}  {(migration.Applied is { } at ? at.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) : "missing             ")}  {migration.Name}");
        return all.Any(migration => migration.Applied is null) ? 1 : 0;
    }
}
