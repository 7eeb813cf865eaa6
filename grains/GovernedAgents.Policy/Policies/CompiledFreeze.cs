using System.Globalization;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>A freeze that can be asked at any instant. For a recurring one the stretch around the last instant asked for is kept, so that asking again costs nothing.</summary>
internal sealed class CompiledFreeze
{
    /// <summary>Recurrences that touch are told as one stretch of at most this many.</summary>
    private const int MostJoined = 400;

    private sealed record Stretch(DateTimeOffset From, DateTimeOffset Until, ActiveFreeze? Freeze);

    private readonly FreezeDefinition _definition;
    private readonly CronSchedule? _schedule;
    private readonly TimeZoneInfo _zone = TimeZoneInfo.Utc;
    private volatile Stretch _around;

    /// <exception cref="FormatException">A schedule or time zone that the configuration reader would have refused.</exception>
    public CompiledFreeze(FreezeDefinition definition)
    {
        _definition = definition;
        if (definition.Cron is null)
        {
            _around = Active(definition.From!.Value, definition.To!.Value);
            return;
        }

        if (!CronSchedule.TryParse(definition.Cron, out _schedule, out var fault)) throw new FormatException($"'{definition.Cron}' is no schedule: {fault}");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(definition.TimeZone, out var zone)) throw new FormatException($"The time zone '{definition.TimeZone}' is not known here.");
        _zone = zone;
        _around = new Stretch(DateTimeOffset.MinValue, DateTimeOffset.MinValue, null);
    }

    public string Id => _definition.Id;

    public bool Blocks(EffectClass effect) => _definition.Blocks.Contains(effect);

    /// <summary>The freeze if it holds now, with the end of the present stretch.</summary>
    public ActiveFreeze? At(DateTimeOffset now)
    {
        var around = _around;
        if (_schedule is null) return around.From <= now && now < around.Until ? around.Freeze : null;
        if (now < around.From || now >= around.Until) _around = around = Around(now);
        return around.Freeze;
    }

    private Stretch Around(DateTimeOffset now)
    {
        var duration = _definition.Duration!.Value;
        var last = _schedule!.LastAt(now, _zone);
        if (last is { } from && now - from < duration)
        {
            var until = from + duration;
            for (var joined = 0; joined < MostJoined && _schedule.NextAfter(from, _zone) is { } next && next <= until; joined++) (from, until) = (next, next + duration);
            return Active(last.Value, until);
        }

        return new Stretch(last is { } ended ? ended + duration : DateTimeOffset.MinValue, _schedule.NextAfter(now, _zone) ?? DateTimeOffset.MaxValue, null);
    }

    private Stretch Active(DateTimeOffset from, DateTimeOffset until) => new(from, until, new ActiveFreeze(
        Id, $"Freeze '{Id}' holds until {until.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}.", _definition.Blocks, from, until));
}
