using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GovernedAgents.Grains.Journal.Postgres;
using Npgsql;
using Xunit;

namespace GovernedAgents.Tests.Kit;

/// <summary>A real PostgreSQL with its default durability, in a temporary folder and on a free port; it can be stopped, started again and paused.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("governed-postgres-").FullName;
    private readonly int _port = FreePort();
    private Process? _process;
    private int _databases;

    /// <summary>Read once, by the first start. Room for a cluster and its tests.</summary>
    public int MaxConnections { get; init; } = 100;

    private static string Binaries { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Where(one => int.TryParse(Path.GetFileName(one), CultureInfo.InvariantCulture, out var version) && version >= 15)
            .OrderByDescending(one => one, StringComparer.Ordinal).Select(one => Path.Combine(one, "bin")).FirstOrDefault() ?? ""
        : "";

    public int Port => _port;

    public string ConnectionString(string database, string user = "postgres") => $"Host=127.0.0.1;Port={_port};Username={user};Database={database}";

    /// <summary>A migrated database of its own.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var server = NpgsqlDataSource.Create(ConnectionString("postgres") + ";Pooling=false");
        await using var create = server.CreateCommand($"CREATE DATABASE {name} TEMPLATE migrated");
        await create.ExecuteNonQueryAsync();
        return name;
    }

    public async ValueTask InitializeAsync()
    {
        Assert.True(Binaries.Length > 0, "PostgreSQL 15 or newer is not installed below /usr/lib/postgresql; tests/setup/postgres.sh installs it.");
        if (Environment.UserName == "root") await RunAsync("chown", "postgres", _folder);
        await RunAsAsync("initdb", "-D", Data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C");
        await StartAsync();
        await using var server = NpgsqlDataSource.Create(ConnectionString("postgres") + ";Pooling=false");
        await using (var create = server.CreateCommand("CREATE DATABASE migrated")) await create.ExecuteNonQueryAsync();
        await using (var role = server.CreateCommand("CREATE ROLE governedagents_silo LOGIN")) await role.ExecuteNonQueryAsync();
        await using var migrated = PostgresDatabase.ConnectToMigrate(ConnectionString("migrated"));
        await PostgresMigrations.UpAsync(migrated, "governedagents_silo");
    }

    public async Task StartAsync()
    {
        _process = Start("postgres", "-D", Data, "-k", _folder, "-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", $"max_connections={MaxConnections}");
        var watch = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(_process.HasExited, "PostgreSQL ended while it started.");
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false;Timeout=2");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (watch.Elapsed < Patience)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Ends it at once, as a crash would: what it had acknowledged is in its log.</summary>
    public async Task CrashAsync()
    {
        await RunAsAsync("pg_ctl", "-D", Data, "stop", "-m", "immediate", "-s");
        await _process!.WaitForExitAsync();
    }

    /// <summary>Stops every process of the server where it is; connections stay open and nothing answers.</summary>
    public void Pause() => Signal("-STOP");

    public void Resume() => Signal("-CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Resume();
            await CrashAsync();
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private void Signal(string signal)
    {
        var postmaster = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        // The postmaster first: it could start another process meanwhile.
        foreach (var process in ChildrenOf(postmaster).Prepend(postmaster)) Process.Start("kill", [signal, process]).WaitForExit();
    }

    private static List<string> ChildrenOf(string parent) => Directory.EnumerateDirectories("/proc").Select(one => Path.GetFileName(one)).Where(name => char.IsAsciiDigit(name[0])).Where(name =>
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{name}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent;
        }
        catch (IOException)
        {
            return false;
        }
    }).ToList();

    private static Process Start(string program, params string[] arguments) => Environment.UserName == "root"
        ? Launch("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", Path.Combine(Binaries, program), .. arguments])
        : Launch(Path.Combine(Binaries, program), arguments);

    private static async Task RunAsAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}.");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Launch(program, arguments);
        await process.WaitForExitAsync();
    }

    private static Process Launch(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
