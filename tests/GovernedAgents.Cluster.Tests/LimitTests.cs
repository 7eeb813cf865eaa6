using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using GovernedAgents.Cluster.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cluster.Tests;

/// <summary>Limits that environments on different silos share, under more load than they allow.</summary>
public sealed class LimitTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Environments = 6;
    private const int PerSecond = 25;
    private const int Burst = 15;

    [Fact]
    public async Task Load_OnThreeSilos_WithKills_NeverExceedsALimitInAnyWindow_AndUsesIt()
    {
        await using var cluster = await Kit.Cluster.StartAsync(server, 3, prepare: Prepare);
        try
        {
            using var balancer = new Balancer(cluster.Nodes);
            using var api = new Api(cluster.At, balancer);
            using var load = new Load(api, await api.SessionAsync());
            load.Start();
            await Eventually.TrueAsync(() => Task.FromResult(load.Succeeded > 3 * PerSecond && load.Throttled > 0), "the limit is reached");
            foreach (var victim in new[] { cluster.Nodes[0], cluster.Nodes[1] })
            {
                await victim.Process!.KillAsync();
                var before = load.Succeeded;
                await Eventually.TrueAsync(() => Task.FromResult(load.Succeeded > before + (4 * PerSecond)), "calls succeed without the silo that was killed");
                await cluster.StartAsync(victim);
                await Eventually.TrueAsync(() => Task.FromResult(balancer.Ready.Count == 3), "all silos are ready");
            }

            await load.FinishAsync();
            Assert.Empty(load.Unexpected);
            var (export, _) = await AuditCheck.SettledAsync(api);
            var records = export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).Where(record => record.TryGetProperty("kind", out _)).ToList();
            var starts = records.Where(record => record.GetProperty("kind").GetString() == "ExecutionStarted").Select(record => record.GetProperty("at").GetDateTimeOffset()).Order().ToList();
            var leases = records.Where(record => record.GetProperty("kind").GetString() == "LimitLeased").ToList();
            var seconds = (starts[^1] - starts[0]).TotalSeconds;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{starts.Count} starts in {seconds:F1} s ({starts.Count / seconds:F1}/s, limit {PerSecond}/s + {Burst}), {load.Throttled} throttled; {leases.Count} shares of {leases.Select(Holder).Distinct().Count()} holders."));
            AssertNoWindowExceeds(starts);
            // One holder on each silo at least, so the limit was really spent in several places.
            Assert.True(leases.Select(Holder).Distinct().Count() >= 2, "Only one silo ever had a share.");
            Assert.True(starts.Count > seconds * PerSecond / 5, "Less than a fifth of what the limit allows was started.");
        }
        catch
        {
            output.WriteLine(cluster.Logs);
            throw;
        }
    }

    private static string? Holder(JsonElement lease) => lease.GetProperty("payload").GetProperty("holder").GetString();

    private static void AssertNoWindowExceeds(List<DateTimeOffset> starts)
    {
        // starts[j] is the last of (j - i + 1) in a window that begins at starts[i]: all i at once by the smallest (i - rate·tᵢ) so far.
        for (var (j, least) = (0, double.MaxValue); j < starts.Count; j++)
        {
            var refilled = (starts[j] - starts[0]).TotalSeconds * PerSecond;
            least = Math.Min(least, j - refilled);
            var most = j + 1 - refilled - least;
            Assert.True(most <= Burst + 1e-6, $"A window that ends at {starts[j]:O} has {most - Burst:F3} starts more than {Burst} + {PerSecond}/s allow.");
        }
    }

    /// <summary>Several environments like the example's, all under its policy, which now has limits over them all.</summary>
    private static void Prepare(Installation at)
    {
        var environment = Path.Combine(at.Config, "cost-explorer-cn-prod.yaml");
        var text = File.ReadAllText(environment);
        for (var number = 1; number < Environments; number++)
            File.WriteAllText(Path.Combine(at.Config, $"environment-{number}.yaml"), text.Replace("name: cost-explorer-cn-prod", $"name: cost-explorer-{number}", StringComparison.Ordinal));
        File.AppendAllText(Path.Combine(at.Config, "production.yaml"), $$"""

              limits:
                - { id: everything, per: fleet, rate: {{PerSecond}}/1s, burst: {{Burst}} }
                - { id: agents, per: agent, rate: 100000/1s }
            """);
    }

    /// <summary>Clients that call in every environment as fast as they are answered; who is told to come again does, with the same key.</summary>
    private sealed class Load(Api api, string session) : IDisposable
    {
        private const int Clients = 12;
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<string> _unexpected = new();
        private Task _running = Task.CompletedTask;
        private int _succeeded;
        private int _throttled;

        public int Succeeded => Volatile.Read(ref _succeeded);
        public int Throttled => Volatile.Read(ref _throttled);
        public IReadOnlyCollection<string> Unexpected => _unexpected;

        public void Start() => _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(RunAsync));

        public async Task FinishAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(TimeSpan.FromSeconds(60));
        }

        public void Dispose()
        {
            _stop.Cancel();
            _stop.Dispose();
        }

        private async Task RunAsync(int client)
        {
            var environment = client % Environments is > 0 and var number ? $"cost-explorer-{number}" : Api.Environment;
            for (var call = 0; !_stop.IsCancellationRequested; call++)
                while (!await DoneAsync(environment, $"{client}-{call}") && !_stop.IsCancellationRequested) await Task.Delay(50);
        }

        private async Task<bool> DoneAsync(string environment, string key)
        {
            try
            {
                var reply = await api.SendAsync(HttpMethod.Post, "/v1/calls", session, new { environment, tool = "ops.list_stacks", arguments = new { environment = Api.Environment } }, key);
                if (reply.Status == HttpStatusCode.TooManyRequests)
                {
                    if (reply.Get("slug") != "throttled" || reply.RetryAfter is not > 0) _unexpected.Enqueue(reply.Text);
                    Interlocked.Increment(ref _throttled);
                }
                else if (reply.Status == HttpStatusCode.OK) Interlocked.Increment(ref _succeeded);
                else if (reply.Status != HttpStatusCode.ServiceUnavailable && !reply.Acknowledged) _unexpected.Enqueue(reply.Text);
                return reply.Status == HttpStatusCode.OK;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
            {
                return false;
            }
        }
    }
}
