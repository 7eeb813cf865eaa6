using System.Collections.Concurrent;
using System.Net;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>Clients that submit calls one after another, and send a call again with the same key until they know how it went.</summary>
internal sealed class LoadClients(Api api, string session, int count) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Acknowledged> _answers = new();
    private readonly ConcurrentQueue<string> _unexpected = new();
    private Task _running = Task.CompletedTask;

    public IReadOnlyCollection<Acknowledged> Answers => _answers;
    /// <summary>Answers that no kill explains: each must be 2xx, 429 or 503.</summary>
    public IReadOnlyCollection<string> Unexpected => _unexpected;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, count).Select(RunAsync));

    /// <summary>Each client ends the call that it is at; the silo must be up.</summary>
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
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            var key = $"client-{client}-{number}";
            while (!await SettledAsync(key, reads: number % 4 == 3)) await Task.Delay(25);
        }
    }

    private async Task<bool> SettledAsync(string key, bool reads)
    {
        Reply reply;
        try
        {
            reply = reads ? await api.CallAsync(session, key, "describe_stack", new { environment = Api.Environment, stack = "web" }) : await api.UpdateAsync(session, key);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }

        if (reply.Acknowledged)
        {
            _answers.Enqueue(new(key, reply.Get("id")!, reply.Get("state")!));
            return reply.Status == HttpStatusCode.OK;
        }

        if (reply.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) return false;
        _unexpected.Enqueue($"{key}: {(int)reply.Status} {reply.Text}");
        return true;
    }
}
