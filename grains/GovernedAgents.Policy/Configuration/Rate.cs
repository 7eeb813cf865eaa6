using System.Globalization;

namespace GovernedAgents.Policy.Configuration;

/// <summary><paramref name="Count"/> (1 to 1,000,000) per <paramref name="Window"/> (1 s to 366 d): <c>30/1m</c>.</summary>
public sealed record Rate(int Count, TimeSpan Window)
{
    /// <summary>Canonical spelling, window in seconds: <c>30/60s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count}/{Durations.Write(Window)}");

    public static bool TryParse(string text, out Rate? rate)
    {
        rate = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > 1_000_000 || !Durations.TryParse(text[(slash + 1)..], out var window)) return false;
        rate = new Rate(count, window);
        return true;
    }
}
