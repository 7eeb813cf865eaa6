using System.Net;
using System.Net.Sockets;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Tests.Kit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Xunit;

namespace GovernedAgents.Journal.Tests;

/// <summary>Orleans' own storage on our schema of PostgreSQL: membership lets a silo start, and grain storage keeps snapshots.</summary>
public sealed class PostgresSnapshotTests(PostgresServer server)
{
    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Snapshots_SurviveARestart_AndOfTwoFirstWritesOnlyOneWins()
    {
        using var folder = new TestFolder();
        var connection = server.ConnectionString(await server.NewDatabaseAsync(), "governedagents_silo");
        var seal = SnapshotSeal.Load(folder.Path);
        var envelope = seal.Seal("session/ä", new StreamHead(5, new string('b', 64)), 1, "{\"calls\":5}");
        await WithSiloAsync(folder, connection, async services =>
        {
            var store = services.GetRequiredService<ISnapshotStore>();
            Assert.Null(await store.ReadAsync("session/ä"));
            await store.WriteAsync("session/ä", seal.Seal("session/ä", new StreamHead(3, new string('a', 64)), 1, "{\"calls\":3}"));
            await store.WriteAsync("session/ä", envelope);
            await services.GetRequiredService<IJournal>().AppendAsync(Units.One(Units.Fresh("session/ä")));

            var storage = services.GetRequiredKeyedService<IGrainStorage>(EmbeddedStorageExtensions.SnapshotStorage);
            var writes = Enumerable.Range(0, 8).Select(_ => storage.WriteStateAsync("snapshot", GrainId.Create("rival", "one"), new GrainState<SnapshotEnvelope> { State = envelope })).ToList();
            foreach (var write in writes) await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.True(writes.Count(write => write.IsCompletedSuccessfully) == 1, "More than one first write won, or none.");
            Assert.All(writes.Where(write => write.IsFaulted), write => Assert.IsType<InconsistentStateException>(write.Exception!.InnerException, exactMatch: false));

            var state = new GrainState<SnapshotEnvelope> { State = new SnapshotEnvelope() };
            await storage.ReadStateAsync("snapshot", GrainId.Create("rival", "one"), state);
            Assert.Equal(envelope, state.State);
            await storage.ClearStateAsync("snapshot", GrainId.Create("rival", "one"), state);
            Assert.False(state.RecordExists);
        });
        await WithSiloAsync(folder, connection, async services => Assert.Equal(envelope, await services.GetRequiredService<ISnapshotStore>().ReadAsync("session/ä")));
        Assert.Single(Directory.GetFiles(folder["checkpoints"], "checkpoint-*.json"));
    }

    private static async Task WithSiloAsync(TestFolder folder, string connection, Func<IServiceProvider, Task> use)
    {
        using var host = new HostBuilder()
            .ConfigureServices(services => services.AddLogging().AddClusterJournal(connection, folder["keys"], folder["checkpoints"], folder["keys/checkpoint.pem"]))
            .UseOrleans(silo => silo.ConfigureEndpoints(IPAddress.Loopback, FreePort(), gatewayPort: 0).UseClusterStorage(connection)
                .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("test", "test")))
            .Build();
        await host.StartAsync(Patience);
        await use(host.Services);
        await host.StopAsync(Patience);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
