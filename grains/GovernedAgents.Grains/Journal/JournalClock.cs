namespace GovernedAgents.Grains.Journal;

/// <summary>
/// The only clock that decides anything: the database's instant at the last anchoring plus the monotonic time since, in whole microseconds,
/// never earlier than an instant it has given or the journal has recorded. A shifted wall clock neither lengthens nor moves a window.
/// </summary>
public sealed class JournalClock(TimeProvider time)
{
    private static readonly TimeSpan MostDrift = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private DateTimeOffset _anchor = time.GetUtcNow();
    private long _anchorTimestamp = time.GetTimestamp();
    private long _lastTicks;

    /// <summary>For timers and leases: the monotonic source behind this clock.</summary>
    public TimeProvider Time => time;

    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
            {
                var ticks = (_anchor + time.GetElapsedTime(_anchorTimestamp)).UtcTicks;
                ticks -= ticks % TimeSpan.TicksPerMicrosecond;
                _lastTicks = Math.Max(ticks, _lastTicks);
                return new DateTimeOffset(_lastTicks, TimeSpan.Zero);
            }
        }
    }

    /// <summary>Anchors to the database's instant, but never behind what was already given or recorded.</summary>
    public void Anchor(DateTimeOffset databaseNow, DateTimeOffset lastRecorded)
    {
        lock (_gate)
        {
            _anchor = databaseNow > lastRecorded ? databaseNow : lastRecorded;
            _anchorTimestamp = time.GetTimestamp();
            _lastTicks = Math.Max(_lastTicks, lastRecorded.UtcTicks);
        }
    }

    /// <summary>
    /// While it runs: follows the database's clock forward, and back by a drift at most; time then stands still until the database has caught up. A clock that is further
    /// ahead continues records of the future, and stays.
    /// </summary>
    public void Correct(DateTimeOffset databaseNow)
    {
        lock (_gate)
        {
            var ahead = _anchor + time.GetElapsedTime(_anchorTimestamp) - databaseNow;
            if (ahead > MostDrift) return;
            (_anchor, _anchorTimestamp) = (databaseNow, time.GetTimestamp());
        }
    }
}
