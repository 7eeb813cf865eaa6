using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using GovernedAgents.Cluster.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;
using Npgsql;

namespace GovernedAgents.Cluster.Tests;

/// <summary>Who may be a silo of the cluster, and where a silo can be reached at all.</summary>
public sealed class MutualTlsTests(PostgresServer server, ITestOutputHelper output)
{
    [Fact]
    public async Task Silos_WithCertificatesOfOneAuthority_AreOneCluster()
    {
        await using var cluster = await Kit.Cluster.PrepareAsync(server);
        using var authority = new SiloAuthority(Path.Combine(cluster.At.Root, "tls"));
        try
        {
            await cluster.StartAsync(cluster.Add(authority.Settings("silo-0")));
            await cluster.StartAsync(cluster.Add(authority.Settings("silo-1")));
            using var first = new Api(cluster.At, new Toward(cluster.Nodes[0]));
            using var second = new Api(cluster.At, new Toward(cluster.Nodes[1]));
            var session = await first.SessionAsync();
            // Environment and session live at the first silo, so what the second one answers came over their connection.
            for (var call = 0; call < 5; call++)
            {
                Assert.Equal(HttpStatusCode.OK, (await second.UpdateAsync(session, $"over-tls-{call}")).Status);
            }

            Assert.Equal(2, await ActiveSilosAsync(cluster));
            await RefusesWhoHasNoCertificateAsync(cluster.Nodes[0]);
        }
        catch
        {
            output.WriteLine(cluster.Logs);
            throw;
        }
    }

    [Theory]
    [InlineData("of another authority")]
    [InlineData("expired")]
    [InlineData("none at all")]
    public async Task Silo_WithoutARightCertificate_DoesNotJoin_AndTheOthersGoOn(string wrong)
    {
        await using var cluster = await Kit.Cluster.PrepareAsync(server);
        using var authority = new SiloAuthority(Path.Combine(cluster.At.Root, "tls"));
        using var other = new SiloAuthority(Path.Combine(cluster.At.Root, "other"));
        try
        {
            await cluster.StartAsync(cluster.Add(authority.Settings("silo-0")));
            using var api = new Api(cluster.At, new Toward(cluster.Nodes[0]));
            var session = await api.SessionAsync();
            var intruder = cluster.Add(wrong switch
            {
                // It would trust the cluster; the cluster must not trust it.
                "of another authority" => other.Settings("silo-1", trusting: authority),
                "expired" => authority.Settings("silo-1", until: -0.5),
                _ => [],
            });
            cluster.Launch(intruder);

            await Eventually.TrueAsync(() => Task.FromResult(cluster.Nodes[0].Process!.Log.Contains("No mutual TLS with", StringComparison.Ordinal)), "the first silo has refused the other's connection");
            // It has tried; as long as it goes on trying, it is no member and serves nobody.
            for (var call = 0; call < 20; call++)
            {
                Assert.Equal(HttpStatusCode.OK, (await api.UpdateAsync(session, $"beside-{call}")).Status);
                Assert.Equal(1, await ActiveSilosAsync(cluster));
            }

            Assert.False(await ReadyAsync(intruder), "The silo without a right certificate is ready.");
        }
        catch
        {
            output.WriteLine(cluster.Logs);
            throw;
        }
    }

    [Fact]
    public async Task Silo_ListensWhereItsSettingsSay_AndNowhereElse()
    {
        await using var cluster = await Kit.Cluster.PrepareAsync(server);
        var node = cluster.Add(["--Governance:Cluster:Address=127.0.0.2"]);
        await cluster.StartAsync(node);
        // No gateway, and nothing on every interface.
        Assert.Equal(
            new[] { Of(node.Api), Of(node.Management), new IPEndPoint(IPAddress.Parse("127.0.0.2"), node.Port) }.OrderBy(one => one.Port),
            ListeningPorts.Of(node.Process!.Id));

        static IPEndPoint Of(Uri address) => new(IPAddress.Parse(address.Host), address.Port);
    }

    private static async Task RefusesWhoHasNoCertificateAsync(Kit.Cluster.Node node)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, node.Port, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "silo", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is { Issuer: "CN=silos" } }, TestContext.Current.CancellationToken);
            // With TLS 1.3 the client learns at its first read that it was refused.
            if (await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0) throw new AuthenticationException("The silo has closed the connection.");
        });
    }

    /// <summary>As the membership table has it: 3 is active.</summary>
    private static async Task<long> ActiveSilosAsync(Kit.Cluster cluster)
    {
        await using var database = NpgsqlDataSource.Create(cluster.Database + ";Pooling=false");
        await using var active = database.CreateCommand("SELECT count(*) FROM OrleansMembershipTable WHERE Status = 3");
        return (long)(await active.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task<bool> ReadyAsync(Kit.Cluster.Node node)
    {
        using var http = new HttpClient { BaseAddress = node.Management };
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
