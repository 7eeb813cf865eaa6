using System.Collections.Concurrent;
using System.Net;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>
/// Clients that submit calls one after another (changes, reads, and now and then a deletion that is held and withdrawn), and send a call again with the same key until they know
/// how it went.
/// </summary>
internal sealed class LoadClients(Api api, string session, int count) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Acknowledged> _answers = new();
    private readonly ConcurrentQueue<string> _unexpected = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _next = new(StringComparer.Ordinal);
    private Task _running = Task.CompletedTask;

    public IReadOnlyCollection<Acknowledged> Answers => _answers;
    /// <summary>Answers that no fault explains: each must be 2xx, 429 or 503.</summary>
    public IReadOnlyCollection<string> Unexpected => _unexpected;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, count).Select(RunAsync));

    /// <summary>Completes with the next answer that shows a call in this state.</summary>
    public Task NextAsync(string state) => _next.GetOrAdd(state, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

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
            // The first answer to every other change comes as soon as its start is durable.
            for (int? wait = number % 2 == 0 ? 0 : null; !await SettledAsync(key, number % 8, wait); wait = null) await Task.Delay(25);
        }
    }

    private async Task<bool> SettledAsync(string key, int kind, int? wait)
    {
        try
        {
            var reply = kind switch
            {
                3 or 7 => await api.CallAsync(session, key, "describe_stack", new { environment = Api.Environment, stack = "web" }),
                5 => await api.CallAsync(session, key, "delete_environment", new { name = Api.Environment }),
                _ => await api.UpdateAsync(session, key, wait),
            };
            if (!reply.Acknowledged) return Explained(key, reply);
            Note(key, reply);
            if (reply.Get("state") != "pending_review") return reply.Status == HttpStatusCode.OK;

            var withdrawn = await api.SendAsync(HttpMethod.Post, $"/v1/calls/{reply.Get("id")}/cancel", session, null);
            if (!withdrawn.Acknowledged) return withdrawn.Status != HttpStatusCode.Conflict && Explained(key, withdrawn);
            Note(key, withdrawn);
            return true;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }
    }

    private void Note(string key, Reply reply)
    {
        var state = reply.Get("state")!;
        _answers.Enqueue(new(key, reply.Get("id")!, state));
        if (_next.TryRemove(state, out var next)) next.TrySetResult();
    }

    /// <returns>False: it is to be sent again.</returns>
    private bool Explained(string key, Reply reply)
    {
        if (reply.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) return false;
        _unexpected.Enqueue($"{key}: {(int)reply.Status} {reply.Text}");
        return true;
    }
}
