using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Grains.Environments;

/// <summary>How fast each session may submit, before anything is journaled. In memory: it protects the journal, it is no promise about effects.</summary>
internal sealed class IntakeGate(Rate rate)
{
    private readonly Dictionary<string, (double Level, DateTimeOffset At)> _levels = new(StringComparer.Ordinal);

    /// <returns>Null when taken, else how long to wait.</returns>
    public TimeSpan? TryTake(string session, DateTimeOffset now)
    {
        var perTick = rate.Count / (double)rate.Window.Ticks;
        var (level, at) = _levels.GetValueOrDefault(session, (rate.Count, now));
        level = Math.Min(rate.Count, level + (now - at).Ticks * perTick);
        if (level < 1) return TimeSpan.FromTicks((long)Math.Ceiling((1 - level) / perTick));
        if (_levels.Count >= 10_000) _levels.Clear();
        _levels[session] = (level - 1, now);
        return null;
    }
}
