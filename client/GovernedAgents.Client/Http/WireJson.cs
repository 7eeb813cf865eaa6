using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Xml;

namespace GovernedAgents.Client.Http;

/// <summary>The API's JSON: camelCase, snake_case enum values, ISO 8601 durations; unknown members ignored when read, nulls left out when written.</summary>
internal static class WireJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new IsoDurationConverter(), new InstantConverter() },
    };

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Tool arguments as a JSON object. Own types are written with web defaults, dictionaries and nodes as they are.</summary>
    /// <exception cref="ArgumentException">The value is not a JSON object.</exception>
    public static JsonNode Arguments(object? value)
    {
        var node = value is null ? new JsonObject() : JsonSerializer.SerializeToNode(value, value.GetType(), JsonSerializerOptions.Web);
        return node as JsonObject
            ?? throw new ArgumentException($"Arguments must be a JSON object, not {node?.GetValueKind().ToString() ?? "null"}: pass an object, a dictionary or JsonNode.Parse(\"{{…}}\").", nameof(value));
    }

    /// <summary>The snake_case word of an enum value, as it stands in a query.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
    }

    private sealed class IsoDurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return XmlConvert.ToTimeSpan(reader.GetString() ?? "");
            }
            catch (Exception fault) when (fault is FormatException or OverflowException or InvalidOperationException)
            {
                throw new JsonException("Not an ISO 8601 duration.", fault);
            }
        }

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(XmlConvert.ToString(value));
    }
}
