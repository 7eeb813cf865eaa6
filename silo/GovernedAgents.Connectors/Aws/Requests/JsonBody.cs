using System.Buffers;
using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>Bodies of the protocols <c>json</c> and <c>rest-json</c>.</summary>
internal static class JsonBody
{
    /// <param name="parameters">A structure's value; only members that pass <paramref name="which"/> are written.</param>
    public static byte[] Of(ServiceModel service, Shape shape, JsonElement parameters, Func<ShapeUse, bool> which)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) Structure(service, shape, parameters, json, which);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Structure(ServiceModel service, Shape shape, JsonElement value, Utf8JsonWriter json, Func<ShapeUse, bool> which)
    {
        json.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            var use = shape.Members[member.Name];
            if (!which(use)) continue;
            json.WritePropertyName(use.LocationName ?? member.Name);
            Value(service, use, member.Value, json);
        }
        json.WriteEndObject();
    }

    private static void Value(ServiceModel service, ShapeUse use, JsonElement value, Utf8JsonWriter json)
    {
        var shape = service.ShapeOf(use);
        switch (shape.Type)
        {
            case "structure" when !shape.Document:
                Structure(service, shape, value, json, _ => true);
                break;
            case "list":
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Value(service, shape.Member!, item, json);
                json.WriteEndArray();
                break;
            case "map":
                json.WriteStartObject();
                foreach (var entry in value.EnumerateObject())
                {
                    json.WritePropertyName(entry.Name);
                    Value(service, shape.Value!, entry.Value, json);
                }
                json.WriteEndObject();
                break;
            case "timestamp" when (use.TimestampFormat ?? shape.TimestampFormat ?? "unixTimestamp") is var format:
                if (format == "unixTimestamp") json.WriteRawValue(Scalars.Instant(value, format));
                else json.WriteStringValue(Scalars.Instant(value, format));
                break;
            case "blob":
                json.WriteStringValue(Scalars.Text(value, shape, null, ""));
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
