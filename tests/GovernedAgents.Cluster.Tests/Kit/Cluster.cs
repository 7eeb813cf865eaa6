using System.Globalization;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>Real silos on one real database: a folder each, keys and checkpoints in common.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private Cluster(string database) => Database = database;

    /// <summary>As the silos connect to it.</summary>
    public string Database { get; }
    public Installation At { get; } = new();
    public List<Node> Nodes { get; } = [];

    /// <summary>The addresses of one silo and its process, if it runs.</summary>
    internal sealed class Node
    {
        public required int Number { get; init; }
        /// <summary>Settings of this silo alone.</summary>
        public string[] More { get; init; } = [];
        public Uri Api { get; } = Installation.FreeAddress();
        public Uri Management { get; } = Installation.FreeAddress();
        public int Port { get; } = Installation.FreeAddress().Port;
        public SiloProcess? Process { get; set; }
    }

    /// <param name="timeout">The execution deadline of one tool call.</param>
    /// <param name="prepare">Changes the configuration before the first silo reads it.</param>
    public static async Task<Cluster> StartAsync(PostgresServer server, int silos, string timeout = "3s", Action<Installation>? prepare = null)
    {
        var cluster = await PrepareAsync(server);
        foreach (var file in Directory.EnumerateFiles(cluster.At.Config)) await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("timeout: 3s", $"timeout: {timeout}", StringComparison.Ordinal));
        prepare?.Invoke(cluster.At);
        // The first alone: it makes the keys and puts the configuration into force.
        for (var number = 0; number < silos; number++) await cluster.StartAsync(cluster.Add());
        return cluster;
    }

    /// <summary>The database and folders of a cluster without a silo.</summary>
    public static async Task<Cluster> PrepareAsync(PostgresServer server) => new(server.ConnectionString(await server.NewDatabaseAsync(), "governedagents_silo"));

    public async Task StartAsync(Node node) => node.Process = await SiloProcess.StartAsync(At, node.Api, node.Management, Settings(node));

    /// <summary>Starts a silo and waits for nothing.</summary>
    public void Launch(Node node) => node.Process = SiloProcess.Launch(At, node.Api, node.Management, Settings(node));

    private string[] Settings(Node node) =>
    [
        "--Governance:Storage:Provider=postgres", $"--Governance:Storage:ConnectionString={Database}", $"--Governance:Cluster:Port={node.Port.ToString(CultureInfo.InvariantCulture)}",
        $"--Governance:DataPath={Path.Combine(At.Root, $"silo-{node.Number}")}", $"--Governance:KeysPath={Path.Combine(At.Data, "keys")}",
        $"--Governance:Checkpoints:Path={Path.Combine(At.Data, "checkpoints")}", "--Governance:DrainDelay=500ms", .. node.More,
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            if (node.Process is not { } process) continue;
            await process.SignalAsync("CONT");
            await process.DisposeAsync();
        }

        At.Dispose();
    }

    /// <summary>What all silos said, for a failed test's output.</summary>
    public string Logs => string.Join('\n', Nodes.Select(node => $"--- silo {node.Number}\n{node.Process?.Log}"));

    public Node Add(params string[] more)
    {
        var node = new Node { Number = Nodes.Count, More = more };
        Nodes.Add(node);
        return node;
    }
}
