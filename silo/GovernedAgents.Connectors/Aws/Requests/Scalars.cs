using System.Globalization;
using System.Text;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>Values between JSON and the wire. Bytes are text in JSON, or <c>{"base64": …}</c> where they are no text.</summary>
internal static class Scalars
{
    public static bool TryBytes(JsonElement value, out byte[] bytes)
    {
        bytes = [];
        if (value.ValueKind == JsonValueKind.String)
        {
            bytes = Encoding.UTF8.GetBytes(value.GetString()!);
            return true;
        }
        return value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1 && value.TryGetProperty("base64", out var text)
            && text.ValueKind == JsonValueKind.String && text.TryGetBytesFromBase64(out bytes!);
    }

    public static bool TryInstant(JsonElement value, out DateTimeOffset instant)
    {
        instant = default;
        if (value.ValueKind == JsonValueKind.String)
            return DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds) || Math.Abs(seconds) > 253_402_300_799d) return false;
        instant = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return true;
    }

    /// <param name="format"><c>iso8601</c>, <c>rfc822</c> or <c>unixTimestamp</c>.</param>
    public static string Instant(JsonElement value, string format)
    {
        if (!TryInstant(value, out var instant)) throw new FormatException("A checked instant is none.");
        return format switch
        {
            "rfc822" => instant.ToString("r", CultureInfo.InvariantCulture),
            "unixTimestamp" => (instant.ToUnixTimeMilliseconds() / 1000d).ToString(CultureInfo.InvariantCulture),
            _ => instant.ToString(instant.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>As text of a query, header, label or XML element.</summary>
    public static string Text(JsonElement value, Shape shape, string? format, string defaultFormat) => shape.Type switch
    {
        "boolean" => value.GetBoolean() ? "true" : "false",
        "timestamp" => Instant(value, format ?? shape.TimestampFormat ?? defaultFormat),
        "blob" => TryBytes(value, out var bytes) ? Convert.ToBase64String(bytes) : "",
        "integer" or "long" or "float" or "double" => value.GetRawText(),
        _ => value.GetString()!,
    };
}
