using System.Diagnostics;
using System.Net.Http.Headers;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class StopUnderLoadTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Sigterm_UnderLoadAndWithRequestsThatWait_EndsTheSiloInTime_AndLosesNothing()
    {
        using var at = new Installation();
        using var api = new Api(at);
        await using var silo = await SiloProcess.StartAsync(at);
        var session = await api.SessionAsync();
        var held = await api.CallAsync(session, "held", "delete_environment", new { name = Api.Environment });
        using var http = new HttpClient { BaseAddress = at.Api };
        var waiting = Enumerable.Range(0, 16).Select(_ => HoldAsync(http, session, held)).ToList();
        using var clients = new LoadClients(api, session, 64);
        clients.Start();
        await Eventually.TrueAsync(() => Task.FromResult(clients.Answers.Count > 300), "the load runs");

        var watch = Stopwatch.StartNew();
        var code = await silo.StopAsync();

        output.WriteLine($"Ended {watch.Elapsed.TotalSeconds:0.0} s after SIGTERM; {clients.Answers.Count} answers.");
        output.WriteLine(silo.Log);
        Assert.Equal(0, code);
        Assert.True(watch.Elapsed < Within, $"The silo took {watch.Elapsed} to end.");
        await Task.WhenAll(waiting);

        await using var next = await SiloProcess.StartAsync(at);
        await clients.FinishAsync();
        Assert.Empty(clients.Unexpected);
        var (export, keys) = await AuditCheck.SettledAsync(api);
        // Every start was given its time: what is unknown is so because the cloud itself was too slow.
        Assert.DoesNotContain("\"no-outcome\"", export, StringComparison.Ordinal);
        AuditCheck.Judge(export, keys, Witness.Read(at), clients.Answers);
    }

    /// <summary>A request that the silo may hold for a minute; how it ends is the connection's matter.</summary>
    private static async Task HoldAsync(HttpClient http, string session, Reply held)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/calls/{held.Get("id")}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
        request.Headers.TryAddWithoutValidation("If-None-Match", held.Tag);
        request.Headers.TryAddWithoutValidation("Prefer", "wait=60");
        try
        {
            using var answer = await http.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            // The silo has gone.
        }
    }
}
