using System.Net;
using GovernedAgents.Cluster.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cluster.Tests;

/// <summary>The cluster's database goes away and comes back; no silo is restarted.</summary>
public sealed class DatabaseOutageTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Silo_WithoutItsDatabase_IsAliveAndNotReady_StartsNothing_AndRecoversByItself()
    {
        await using var server = new PostgresServer();
        await server.InitializeAsync();
        await using var cluster = await Kit.Cluster.StartAsync(server, 2);
        try
        {
            using var api = new Api(cluster.At, new Toward(cluster.Nodes[0]));
            using var http = new HttpClient();
            var session = await api.SessionAsync();
            Assert.Equal(HttpStatusCode.OK, (await api.UpdateAsync(session, "before")).Status);
            await server.CrashAsync();

            var refused = await api.UpdateAsync(session, "without");
            Assert.True(refused.Status == HttpStatusCode.ServiceUnavailable, refused.Text);
            Assert.True(refused.RetryAfter > 0, "503 without Retry-After");
            await Eventually.TrueAsync(async () => !await OkAsync(http, cluster.Nodes[0], "ready"), "the silo says that it is not ready");
            Assert.True(await OkAsync(http, cluster.Nodes[0], "live"));
            Assert.Single(Witness.Read(cluster.At));

            await server.StartAsync();
            await Eventually.TrueAsync(async () => await OkAsync(http, cluster.Nodes[0], "ready") && await OkAsync(http, cluster.Nodes[1], "ready"), "both silos are ready again");
            await Eventually.TrueAsync(async () => (await api.UpdateAsync(session, "without")).Status == HttpStatusCode.OK, "calls succeed again");
            Assert.Equal(2, Witness.Read(cluster.At).Count);
        }
        catch
        {
            output.WriteLine(cluster.Logs);
            throw;
        }
    }

    private static async Task<bool> OkAsync(HttpClient http, Kit.Cluster.Node node, string health)
    {
        using var answer = await http.GetAsync(new Uri(node.Management, "/health/" + health), TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }
}
