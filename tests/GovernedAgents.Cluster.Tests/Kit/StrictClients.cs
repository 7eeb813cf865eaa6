using System.Collections.Concurrent;
using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Cluster.Tests.Kit;

/// <summary>
/// Clients for whom a broken connection, and every answer but success, is a failure. Only a 503 is taken as it is meant: the same call again, with the same key.
/// </summary>
internal sealed class StrictClients(Api api, string session, int count) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private Task _running = Task.CompletedTask;
    private int _succeeded;
    private int _refused;

    public int Succeeded => Volatile.Read(ref _succeeded);
    /// <summary>How often a client was told to come again.</summary>
    public int Refused => Volatile.Read(ref _refused);
    public IReadOnlyCollection<string> Failures => _failures;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, count).Select(RunAsync));

    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<Reply> CallAsync(string key)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await api.CallAsync(session, key, "describe_stack", new { environment = Api.Environment, stack = "web" });
            if (reply.Status != HttpStatusCode.ServiceUnavailable || attempt == 60) return reply;
            Interlocked.Increment(ref _refused);
            await Task.Delay(250);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(int client)
    {
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            try
            {
                var reply = await CallAsync($"strict-{client}-{number}");
                // Still executing when the wait was over: an answer, and the call goes on.
                while (reply.Status == HttpStatusCode.Accepted || (reply.Status == HttpStatusCode.OK && reply.Get("state") == "executing")) reply = await api.GetAsync($"/v1/calls/{reply.Get("id")}", session);
                if (reply.Status == HttpStatusCode.OK && reply.Get("state") == "succeeded") Interlocked.Increment(ref _succeeded);
                else _failures.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {(int)reply.Status} {reply.Text}");
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
            {
                _failures.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {fault.GetType().Name}: {fault.Message}");
            }

            await Task.Delay(10);
        }
    }
}
