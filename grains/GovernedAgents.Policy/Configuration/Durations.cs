using System.Globalization;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Durations of the configuration: a whole number from 1 and <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>, at most 366 days.</summary>
public static class Durations
{
    public const string Accepted = "a whole number and s, m, h or d (90s, 10m, 4h, 7d), at most 366d";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        long seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        if (seconds == 0 || count < 1 || count > (long)Longest.TotalSeconds / seconds) return false;
        duration = TimeSpan.FromSeconds(count * seconds);
        return true;
    }

    /// <summary>Canonical spelling: seconds.</summary>
    public static string Write(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / TimeSpan.TicksPerSecond}s");
}
