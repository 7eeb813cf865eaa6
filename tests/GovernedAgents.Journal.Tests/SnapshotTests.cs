using System.Net;
using System.Net.Sockets;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Snapshots;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Xunit;

namespace GovernedAgents.Journal.Tests;

public sealed class SnapshotTests
{
    private static IHost Host(TestFolder folder) => new HostBuilder()
        .ConfigureServices(services => services.AddLogging().AddEmbeddedJournal(folder.Path, folder["checkpoints"], folder["checkpoints/key.pem"]))
        .UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()).UseEmbeddedGrainStorage(folder.Path))
        .Build();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Fact]
    public async Task Snapshots_SurviveARestart_AndCarryNoTypeNames()
    {
        using var folder = new TestFolder();
        var seal = SnapshotSeal.Load(folder.Path);
        var first = seal.Seal("session/ä", new StreamHead(3, new string('a', 64)), 1, "{\"calls\":3}");
        var second = seal.Seal("session/ä", new StreamHead(5, new string('b', 64)), 1, "{\"calls\":5}");
        using (var host = Host(folder))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            var store = host.Services.GetRequiredService<ISnapshotStore>();
            Assert.Null(await store.ReadAsync("session/ä"));
            await store.WriteAsync("session/ä", first);
            await store.WriteAsync("session/ä", second);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.WriteAsync("session/ä", second)));
            await host.Services.GetRequiredService<IJournal>().AppendAsync(Units.One(Units.Fresh("session/ä")));
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Single(Directory.GetFiles(folder["checkpoints"], "checkpoint-*.json"));
        using (var host = Host(folder))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            var found = await host.Services.GetRequiredService<ISnapshotStore>().ReadAsync("session/ä");
            Assert.Equal(second, found);
            Assert.True(SnapshotSeal.Load(folder.Path).TryOpen(found, "session/ä", 1));
            Assert.Equal(1, host.Services.GetRequiredService<IJournal>().CommittedPos);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        using var connection = new SqliteConnection($"Data Source={folder["orleans.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT CAST(PayloadBinary AS TEXT) FROM OrleansStorage";
        Assert.DoesNotContain("GovernedAgents", (string)command.ExecuteScalar()!, StringComparison.Ordinal);
    }

    [Fact]
    public void TryOpen_OfAnEnvelopeThatDoesNotFit_IsFalse()
    {
        using var folder = new TestFolder();
        using var other = new TestFolder();
        var seal = SnapshotSeal.Load(folder.Path);
        var envelope = seal.Seal("session/a", new StreamHead(3, new string('a', 64)), 1, "{}");

        Assert.True(seal.TryOpen(envelope, "session/a", 1));
        Assert.False(seal.TryOpen(null, "session/a", 1));
        Assert.False(seal.TryOpen(envelope, "session/b", 1));
        Assert.False(seal.TryOpen(envelope, "session/a", 2));
        Assert.False(seal.TryOpen(envelope with { Seq = 4 }, "session/a", 1));
        Assert.False(seal.TryOpen(envelope with { Head = new string('b', 64) }, "session/a", 1));
        Assert.False(seal.TryOpen(envelope with { StateJson = "{ }" }, "session/a", 1));
        Assert.False(seal.TryOpen(envelope with { Mac = "" }, "session/a", 1));
        Assert.False(SnapshotSeal.Load(other.Path).TryOpen(envelope, "session/a", 1));
    }
}
