using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// Five fields of cron: minute, hour, day of month, month, day of week (0 and 7 are Sunday), each <c>*</c>, numbers, ranges, steps and lists; months and days also by
/// their English names. With both days restricted, either is enough. Instants are those of a time zone's local clock: a time that a clock change leaves out
/// happens at the change, one that it repeats happens the first time.
/// </summary>
public sealed class CronSchedule
{
    public const string Accepted = "five fields are accepted: minute, hour, day of month, month, day of week ('0 18 * * 1-5')";

    private static readonly (string Name, int From, int To, string[] Words)[] Parts =
    [
        ("minute", 0, 59, []), ("hour", 0, 23, []), ("day of month", 1, 31, []),
        ("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        ("day of week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ];

    /// <summary>A day that exists comes back within this time (29 February across a century).</summary>
    private const int MostDays = 366 * 9;

    private readonly string _text;
    private readonly int[] _minutesOfDay;
    private readonly ulong _days, _months, _weekdays;
    private readonly bool _eitherDay;

    private CronSchedule(string text, ulong[] fields, bool eitherDay)
    {
        _text = text;
        (_days, _months, _eitherDay) = (fields[2], fields[3], eitherDay);
        _weekdays = (fields[4] | (fields[4] >> 7)) & 0x7F;
        _minutesOfDay = [.. from hour in Enumerable.Range(0, 24) where Has(fields[1], hour) from minute in Enumerable.Range(0, 60) where Has(fields[0], minute) select (hour * 60) + minute];
    }

    /// <param name="fault">What is wrong and what is accepted, to follow «… is '…';».</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? fault)
    {
        schedule = null;
        fault = null;
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Parts.Length) fault = Accepted + ".";
        var fields = new ulong[Parts.Length];
        for (var i = 0; fault is null && i < parts.Length; i++)
            if (!TryField(parts[i], Parts[i], out fields[i])) fault = $"its {Parts[i].Name} '{parts[i]}' is not one of {Parts[i].From}-{Parts[i].To}; {Accepted}.";
        if (fault is not null) return false;
        schedule = new CronSchedule(string.Join(' ', parts).ToUpperInvariant(), fields, !parts[2].StartsWith('*') && !parts[4].StartsWith('*'));
        if (schedule.NextDay(new DateOnly(2000, 1, 1)) is not null) return true;
        (schedule, fault) = (null, "no such day ever comes.");
        return false;
    }

    /// <summary>The last instant at or before <paramref name="now"/>; null when there is none within nine years.</summary>
    public DateTimeOffset? LastAt(DateTimeOffset now, TimeZoneInfo zone)
    {
        // The local date never differs from the UTC date by more than a day, and a time that is left out moves forward.
        for (int back = -1; back < MostDays; back++)
        {
            var day = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-back);
            if (!IsOn(day)) continue;
            DateTimeOffset? last = null;
            foreach (var minute in _minutesOfDay)
                if (InstantOf(day, minute, zone) is var at && at <= now && (last is null || at > last)) last = at;
            if (last is not null) return last;
        }

        return null;
    }

    /// <summary>The first instant after <paramref name="now"/>; null when there is none within nine years.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset now, TimeZoneInfo zone)
    {
        for (int ahead = -1; ahead < MostDays; ahead++)
        {
            var day = DateOnly.FromDateTime(now.UtcDateTime).AddDays(ahead);
            if (!IsOn(day)) continue;
            DateTimeOffset? next = null;
            foreach (var minute in _minutesOfDay)
                if (InstantOf(day, minute, zone) is var at && at > now && (next is null || at < next)) next = at;
            if (next is not null) return next;
        }

        return null;
    }

    public override string ToString() => _text;

    private DateOnly? NextDay(DateOnly from)
    {
        for (var ahead = 0; ahead < MostDays; ahead++)
            if (IsOn(from.AddDays(ahead))) return from.AddDays(ahead);
        return null;
    }

    private bool IsOn(DateOnly day)
    {
        if (!Has(_months, day.Month)) return false;
        var (date, weekday) = (Has(_days, day.Day), Has(_weekdays, (int)day.DayOfWeek));
        return _eitherDay ? date || weekday : date && weekday;
    }

    private static DateTimeOffset InstantOf(DateOnly day, int minuteOfDay, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minuteOfDay);
        if (zone.IsInvalidTime(local))
        {
            // Left out: the clock jumps over it, so it happens at the jump. The offset before the jump tells when that is.
            var before = local;
            while (zone.IsInvalidTime(before)) before = before.AddMinutes(-1);
            return new DateTimeOffset(before.AddMinutes(1), zone.GetUtcOffset(before)).ToUniversalTime();
        }

        // Repeated: the larger offset is the earlier instant.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static bool Has(ulong field, int value) => (field & (1UL << value)) != 0;

    private static bool TryField(string text, (string Name, int From, int To, string[] Words) part, out ulong field)
    {
        field = 0;
        foreach (var item in text.Split(','))
        {
            var slash = item.IndexOf('/', StringComparison.Ordinal);
            var step = 1;
            if (slash >= 0 && (!TryNumber(item[(slash + 1)..], out step) || step < 1 || step > part.To)) return false;
            if (!TryRange(slash < 0 ? item : item[..slash], part, slash >= 0, out var from, out var to)) return false;
            for (var value = from; value <= to; value += step) field |= 1UL << value;
        }

        return field != 0;
    }

    private static bool TryRange(string text, (string Name, int From, int To, string[] Words) part, bool stepped, out int from, out int to)
    {
        (from, to) = (part.From, part.To);
        if (text == "*") return true;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryValue(dash < 0 ? text : text[..dash], part, out from)) return false;
        if (dash < 0)
        {
            if (!stepped) to = from;
            return true;
        }

        return TryValue(text[(dash + 1)..], part, out to) && from <= to;
    }

    private static bool TryValue(string text, (string Name, int From, int To, string[] Words) part, out int value)
    {
        var word = Array.FindIndex(part.Words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = word + part.From;
        return word >= 0 || (TryNumber(text, out value) && value >= part.From && value <= part.To);
    }

    private static bool TryNumber(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
