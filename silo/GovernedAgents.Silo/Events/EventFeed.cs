using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Silo.Events;

/// <summary>
/// Follows the journal for everybody who listens, once. Each listener keeps its own place and takes what came after it, so that a slow one holds nobody up; one that has fallen
/// behind what is remembered reads the journal itself. Nothing is followed while nobody listens.
/// </summary>
public sealed partial class EventFeed(IJournal journal, TimeProvider time, ILogger<EventFeed> logger) : BackgroundService
{
    private const int Remembered = 4_096, Batch = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly EventTranslation _translation = new(journal);
    private readonly Lock _gate = new();
    private readonly List<GovernanceEvent> _events = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _listened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _listeners;
    /// <summary>Everything after <c>Floor</c> up to <c>Position</c> is remembered.</summary>
    private long _floor, _position;

    /// <summary>Newest durable position: where a listener without a place of its own begins.</summary>
    public Task<long> HeadAsync(CancellationToken cancellation) => journal.ReadCommittedPosAsync(cancellation);

    /// <summary>Listening, until it is disposed.</summary>
    public IDisposable Listen()
    {
        lock (_gate) if (_listeners++ == 0) _listened.TrySetResult();
        return new Listening(this);
    }

    /// <summary>What came after a place, with the next place; empty when <paramref name="atMost"/> passes without news.</summary>
    public async Task<(IReadOnlyList<GovernanceEvent> Events, long Next)> AfterAsync(long place, TimeSpan atMost, CancellationToken cancellation)
    {
        Task news;
        bool missed;
        lock (_gate)
        {
            if (place >= _floor && place < _position) return (_events.SkipWhile(occurred => occurred.Pos <= place).ToArray(), _position);
            (news, missed) = (_news.Task, place < _floor);
        }

        if (missed && await journal.ReadAllAsync(place, Batch, null, cancellation) is { Count: > 0 } records) return (await _translation.OfAsync(records, cancellation), records[^1].Pos);
        try { await news.WaitAsync(atMost, time, cancellation); }
        catch (TimeoutException) { /* No news is an answer. */ }
        return ([], place);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _listened.Task.WaitAsync(stoppingToken);
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogLost(fault);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var head = await journal.ReadCommittedPosAsync(cancellation);
        // Nobody listened since: what lies between is not remembered, and who waits for it looks again.
        lock (_gate) _events.Clear();
        Tell([], head, floor: head);
        while (Volatile.Read(ref _listeners) > 0)
        {
            if (await journal.ReadCommittedPosAsync(cancellation) > _position && await journal.ReadAllAsync(_position, Batch, null, cancellation) is { Count: > 0 } records)
                Tell(await _translation.OfAsync(records, cancellation), records[^1].Pos);
            else await Task.Delay(Pause, time, cancellation);
        }
    }

    private void Tell(IReadOnlyList<GovernanceEvent> events, long position, long? floor = null)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _events.AddRange(events);
            if (_events.Count > Remembered)
            {
                _floor = _events[_events.Count - Remembered - 1].Pos;
                _events.RemoveRange(0, _events.Count - Remembered);
            }

            (_floor, _position) = (floor ?? _floor, position);
            (told, _news) = (_news, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
    }

    private void Leave()
    {
        lock (_gate) if (--_listeners == 0) _listened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Listening(EventFeed feed) : IDisposable
    {
        public void Dispose() => feed.Leave();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Live updates could not follow the journal; trying again")]
    private partial void LogLost(Exception fault);
}
