using System.Globalization;

namespace GovernedAgents.Cli.Terminal;

/// <summary>Durations as configuration writes them: <c>90s</c>, <c>10m</c>, <c>8h</c>, <c>7d</c>.</summary>
internal static class DurationText
{
    public static TimeSpan Parse(string text)
    {
        if (text.Length >= 2 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(count);
                case 'm': return TimeSpan.FromMinutes(count);
                case 'h': return TimeSpan.FromHours(count);
                case 'd' when count <= 36_500: return TimeSpan.FromDays(count);
            }
        }

        throw new UsageException($"\"{text}\" is no duration; write 90s, 10m, 8h or 7d.");
    }
}
