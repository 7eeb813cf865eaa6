using System.Globalization;

namespace GovernedAgents.Policy.Audit;

/// <summary>The one written form of an instant in the audit: <c>2026-01-31T08:05:09.123456Z</c>, always six decimals, always UTC.</summary>
public static class AuditInstant
{
    /// <summary>Characters (and UTF-8 bytes) of the form.</summary>
    public const int Length = 27;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static string Format(DateTimeOffset at) => at.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>Writes the form into <paramref name="utf8"/>, which holds at least <see cref="Length"/> bytes.</summary>
    public static void Format(DateTimeOffset at, Span<byte> utf8)
    {
        if (!at.UtcDateTime.TryFormat(utf8, out _, Pattern, CultureInfo.InvariantCulture))
            throw new ArgumentException($"An instant takes {Length} bytes, {utf8.Length} were given.", nameof(utf8));
    }

    /// <summary>Whole microseconds: what survives <see cref="Format(DateTimeOffset)"/> and <see cref="TryParse"/>.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <exception cref="FormatException">The text is not exactly that form.</exception>
    public static DateTimeOffset Parse(string text) =>
        TryParse(text, out var at) ? at : throw new FormatException($"'{text}' is not an instant of the form yyyy-MM-ddTHH:mm:ss.ffffffZ.");

    public static bool TryParse(string? text, out DateTimeOffset at) =>
        DateTimeOffset.TryParseExact(text, Pattern, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);
}
