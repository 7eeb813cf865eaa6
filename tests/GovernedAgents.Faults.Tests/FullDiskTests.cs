using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class FullDiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Submit_WhileTheDiskIsFull_IsUnavailableWithoutEffect_AndSucceedsWhenThereIsSpaceAgain()
    {
        using var at = new Installation();
        using var disk = SmallDisk.Mount(at.Data, megabytes: 24);
        using var api = new Api(at);
        await using var silo = await SiloProcess.StartAsync(at);
        var session = await api.SessionAsync();
        Assert.Equal("succeeded", (await api.UpdateAsync(session, "before")).Get("state"));
        var held = await api.CallAsync(session, "held", "delete_environment", new { name = Api.Environment });

        disk.Fill();
        // What is left in the log's last pages may take a record or two more.
        var taken = 0;
        Reply refused;
        while ((refused = await api.UpdateAsync(session, $"during-{taken}")).Acknowledged) Assert.True(++taken < 200, "The disk does not fill.");
        Assert.True(refused.Status == HttpStatusCode.ServiceUnavailable, refused.Text);
        Assert.Equal(("unavailable", true), (refused.Get("slug"), refused.RetryAfter is > 0));
        foreach (var path in new[] { $"/v1/environments/{Api.Environment}/freeze", $"/v1/sessions/{held.Get("session")}/pause", "/v1/fleet/halt" })
            Unavailable(await api.SendAsync(HttpMethod.Post, path, api.Operator, new { reason = "while it is full" }));
        foreach (var path in new[] { $"/v1/calls/{held.Get("id")}", "/v1/calls", "/v1/approvals", $"/v1/environments/{Api.Environment}" })
            Assert.True((await api.GetAsync(path, api.Operator)).Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, path);
        Assert.Equal(1 + taken, Witness.Read(at).Count);

        disk.MakeSpace();
        Reply? answer = null;
        await Eventually.TrueAsync(async () => (answer = await api.UpdateAsync(session, $"during-{taken}")).Status != HttpStatusCode.ServiceUnavailable, "the journal takes calls again");
        Assert.True(answer!.Get("state") == "succeeded", answer.Text);
        // What was answered 503 has not happened.
        Assert.Equal(0, (await api.GetAsync($"/v1/environments/{Api.Environment}", api.Operator)).Body.GetProperty("frozen").GetArrayLength());
        Assert.False((await api.GetAsync("/v1/fleet", api.Operator)).Body.GetProperty("halted").GetBoolean());
        Assert.Equal("pending_review", (await api.GetAsync($"/v1/calls/{held.Get("id")}", api.Operator)).Get("state"));
        var (export, keys) = await AuditCheck.SettledAsync(api);
        AuditCheck.Judge(export, keys, Witness.Read(at), []);
        Assert.Equal(2 + taken, Witness.Read(at).Count);

        void Unavailable(Reply reply) => Assert.True(reply.Status == HttpStatusCode.ServiceUnavailable && reply.Get("slug") == "unavailable", reply.Text);
    }

    [Fact]
    public async Task Load_WhileTheDiskFillsAndEmptiesAgainAndAgain_KeepsEveryPromise()
    {
        using var at = new Installation();
        using var disk = SmallDisk.Mount(at.Data, megabytes: 64);
        using var api = new Api(at);
        await using var silo = await SiloProcess.StartAsync(at);
        var session = await api.SessionAsync();
        using var clients = new LoadClients(api, session, 8);
        clients.Start();
        for (var round = 0; round < 5; round++)
        {
            var before = clients.Answers.Count;
            await Eventually.TrueAsync(() => Task.FromResult(clients.Answers.Count > before + 20), "the load runs");
            disk.Fill();
            // The clients' calls may all have started; a new one must be refused.
            var probes = 0;
            await Eventually.TrueAsync(async () => (await api.UpdateAsync(session, $"probe-{round}-{probes++}")).Status == HttpStatusCode.ServiceUnavailable, "a new call is refused");
            disk.MakeSpace();
        }

        await clients.FinishAsync();
        output.WriteLine($"{clients.Answers.Count} answers");
        Assert.Empty(clients.Unexpected);
        // An activation that ends over a failed append lets its callers go at once: none waits for the next one, which waits for it.
        Assert.DoesNotContain("did not arrive on time", silo.Log, StringComparison.Ordinal);
        var (export, keys) = await AuditCheck.SettledAsync(api);
        AuditCheck.Judge(export, keys, Witness.Read(at), clients.Answers);
        // No silo ended: every outcome was kept until there was space for it.
        Assert.DoesNotContain("\"no-outcome\"", export, StringComparison.Ordinal);
    }
}
