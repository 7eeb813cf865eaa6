using GovernedAgents.Contracts;
using GovernedAgents.Grains;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Projections;
using GovernedAgents.Policy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace GovernedAgents.Benchmarks;

/// <summary>A silo in this process on the embedded storage of a temporary folder. Callers are in the silo: no network, no HTTP.</summary>
internal sealed class Bench : IAsyncDisposable
{
    public const string Busy = "busy";
    public const string Large = "large";
    private readonly InProcessTestCluster _cluster;
    private readonly string _folder;

    private Bench(InProcessTestCluster cluster, string folder) => (_cluster, _folder) = (cluster, folder);

    public IServiceProvider Services => _cluster.Silos[0].ServiceProvider;
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();
    public IJournal Journal => Services.GetRequiredService<IJournal>();
    public JournalClock Clock => Services.GetRequiredService<JournalClock>();

    public static async Task<Bench> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bench-").FullName;
        var config = Path.Combine(folder, "config");
        Directory.CreateDirectory(config);
        await File.WriteAllTextAsync(Path.Combine(config, "all.yaml"), Documents);
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Error).AddSimpleConsole());
            silo.Services.AddEmbeddedJournal(folder, Path.Combine(folder, "checkpoints"), Path.Combine(folder, "keys", "checkpoint.pem"));
            silo.UseEmbeddedGrainStorage(folder);
            silo.Services.AddSingleton<IConnectorFactory>(new IdleConnector());
            silo.Services.AddGovernance(options => (options.ConfigPath, options.DataPath, options.Immediate) = (config, folder, true));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new Bench(cluster, folder);
    }

    /// <summary>A new session of the benchmark's agent, as an environment judges it.</summary>
    public async Task<SessionFacts> SessionAsync()
    {
        var session = Grains.GetGrain<IAgentSessionGrain>($"ses_{Guid.NewGuid():N}");
        var starter = new Principal { Issuer = "bench", Subject = "dana", Groups = ["developers"], ExpiresAt = DateTimeOffset.MaxValue };
        var answer = await session.StartAsync(new StartSession { Agent = "fixer", Tier = AutonomyTier.Supervised, Starter = starter, RequestHash = "r" });
        if (answer.Refusal is { } refusal) throw new InvalidOperationException(refusal.Detail);
        return (await session.FactsAsync())!;
    }

    /// <summary>Lets the read model take in what was journaled, so that no measurement pays for the one before.</summary>
    public Task SettleAsync() => Services.GetRequiredService<ReadModel>().CatchUpAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private const string Documents = """
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: fixer }
        spec: { owner: "group:platform", tierCeiling: autonomous, environments: ["*"], startedBy: ["group:developers"], maxCallsPerSession: 1000000 }
        ---
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: busy }
        spec:
          class: production
          owners: ["group:owners"]
          access: ["group:developers"]
          policy: p
          intake: 1000000/1s
          tools:
            - { connector: http, name: t, url: "http://127.0.0.1:1" }
        ---
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: large }
        spec:
          class: production
          owners: ["group:owners"]
          access: ["group:developers"]
          policy: p
          intake: 1000000/1s
          tools:
            - { connector: http, name: t, url: "http://127.0.0.1:1" }
        ---
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: p }
        spec:
          baseline:
            observe: { read: allow }
            supervised: { read: allow, mutate: review, privilege: review, destroy: review }
            autonomous: { read: allow, mutate: review, privilege: review, destroy: review }
          review: { quorum: [ { from: ["group:sre"], approvals: 2 } ] }

        """;
}
