using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Connectors.Aws.Sending;

namespace GovernedAgents.Connectors.Aws.Answers;

/// <summary>From the answer of a service to JSON with the member names of its model, secrets taken out. Members that the model does not have are left out.</summary>
internal sealed class AnswerWriter(ServiceModel service, SecretRedactor redactor, bool showSensitive = false)
{
    /// <returns>Null when the body is not what the protocol promises.</returns>
    public JsonElement? Read(Operation operation, AwsAnswer answer)
    {
        var shape = operation.Output is { } output ? service.ShapeOf(output) : new Shape { Type = "structure" };
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact))
        {
            json.WriteStartObject();
            if (!(service.Metadata.Protocol.StartsWith("rest", StringComparison.Ordinal) ? Rest(shape, answer, json) : Whole(operation, shape, answer, json))) return null;
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(bytes.WrittenMemory);
        return document.RootElement.Clone();
    }

    private bool Whole(Operation operation, Shape shape, AwsAnswer answer, Utf8JsonWriter json)
    {
        if (service.Metadata.Protocol == "json") return JsonBody(shape, answer.Body, json, _ => true);
        if (XmlText.Parse(answer.Body) is not { } root) return false;
        var result = operation.Output?.ResultWrapper is { } wrapper ? Child(root, wrapper) : root;
        if (result is not null) Members(shape, result, json, _ => true);
        return true;
    }

    private bool Rest(Shape shape, AwsAnswer answer, Utf8JsonWriter json)
    {
        foreach (var (name, use) in shape.Members.Where(member => member.Value.Location is not null)) Header(name, use, answer, json);
        if (shape.Payload is { } payload) return Payload(payload, shape.Members[payload], answer, json);
        if (!shape.Members.Values.Any(InBody)) return true;
        if (service.Metadata.Protocol == "rest-json") return JsonBody(shape, answer.Body, json, InBody);
        if (answer.Body.Length == 0) return true;
        if (XmlText.Parse(answer.Body) is not { } root) return false;
        Members(shape, root, json, InBody);
        return true;
    }

    private bool Payload(string name, ShapeUse use, AwsAnswer answer, Utf8JsonWriter json)
    {
        var shape = service.ShapeOf(use);
        if (answer.Body.Length == 0) return true;
        if (shape.Type is "blob" or "string")
        {
            json.WritePropertyName(name);
            if (Blot.Hides(shape, name) && !showSensitive) json.WriteStringValue(Blot.Mark);
            else Bytes(answer.Body, json);
            return true;
        }

        if (service.Metadata.Protocol == "rest-json")
        {
            if (Json(answer.Body) is not { } value) return false;
            json.WritePropertyName(name);
            FromJson(shape, name, value, json);
            return true;
        }

        if (XmlText.Parse(answer.Body) is not { } root) return false;
        json.WritePropertyName(name);
        FromXml(use, name, [root], json);
        return true;
    }

    private void Header(string name, ShapeUse use, AwsAnswer answer, Utf8JsonWriter json)
    {
        if (use.Location == "statusCode") json.WriteNumber(name, answer.Status);
        else if (use.Location == "headers")
        {
            var prefix = use.LocationName ?? "";
            json.WriteStartObject(name);
            foreach (var (header, value) in answer.Headers.Where(header => header.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                json.WriteString(redactor.Redact(header[prefix.Length..]), redactor.Redact(value));
            json.WriteEndObject();
        }
        else if (use.LocationName is { } header && answer.Headers.TryGetValue(header, out var value))
        {
            json.WritePropertyName(name);
            Scalar(service.ShapeOf(use), name, value, json);
        }
    }

    private bool JsonBody(Shape shape, byte[] body, Utf8JsonWriter json, Func<ShapeUse, bool> which)
    {
        if (body.Length == 0) return true;
        if (Json(body) is not { ValueKind: JsonValueKind.Object } root) return false;
        MembersOf(shape, root, json, which);
        return true;
    }

    private void MembersOf(Shape shape, JsonElement value, Utf8JsonWriter json, Func<ShapeUse, bool> which)
    {
        foreach (var (name, use) in shape.Members.Where(member => which(member.Value)))
        {
            if (!value.TryGetProperty(use.LocationName ?? name, out var member) || member.ValueKind == JsonValueKind.Null) continue;
            json.WritePropertyName(name);
            FromJson(service.ShapeOf(use), name, member, json);
        }
    }

    private void FromJson(Shape shape, string name, JsonElement value, Utf8JsonWriter json)
    {
        if (Blot.Hides(shape, name) && !showSensitive) json.WriteStringValue(Blot.Mark);
        else if (shape is { Type: "structure", Document: false } && value.ValueKind == JsonValueKind.Object)
        {
            json.WriteStartObject();
            MembersOf(shape, value, json, _ => true);
            json.WriteEndObject();
        }
        else if (shape.Type == "list" && value.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (var item in value.EnumerateArray()) FromJson(service.ShapeOf(shape.Member!), name, item, json);
            json.WriteEndArray();
        }
        else if (shape.Type == "map" && value.ValueKind == JsonValueKind.Object)
        {
            json.WriteStartObject();
            foreach (var entry in value.EnumerateObject())
            {
                json.WritePropertyName(redactor.Redact(entry.Name));
                FromJson(service.ShapeOf(shape.Value!), entry.Name, entry.Value, json);
            }
            json.WriteEndObject();
        }
        else if (shape.Type == "timestamp" && value.ValueKind == JsonValueKind.Number && Scalars.TryInstant(value, out _)) json.WriteStringValue(Scalars.Instant(value, "iso8601"));
        else if (shape.Type == "blob" && value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)) Bytes(bytes, json);
        else redactor.Write(value, json);
    }

    private void Members(Shape shape, XElement parent, Utf8JsonWriter json, Func<ShapeUse, bool> which)
    {
        foreach (var (name, use) in shape.Members.Where(member => which(member.Value)))
        {
            if (use.XmlAttribute)
            {
                var local = (use.LocationName ?? name).Split(':')[^1];
                if (parent.Attributes().FirstOrDefault(attribute => attribute.Name.LocalName == local) is { } attribute) json.WriteString(name, redactor.Redact(attribute.Value));
                continue;
            }

            var member = service.ShapeOf(use);
            var tag = member.Type == "list" && (use.Flattened || member.Flattened) ? member.Member!.LocationName ?? use.LocationName ?? name : use.LocationName ?? name;
            var found = parent.Elements().Where(element => element.Name.LocalName == tag).ToList();
            if (found.Count == 0) continue;
            json.WritePropertyName(name);
            FromXml(use, name, found, json);
        }
    }

    private void FromXml(ShapeUse use, string name, List<XElement> found, Utf8JsonWriter json)
    {
        var shape = service.ShapeOf(use);
        var flat = use.Flattened || shape.Flattened;
        if (Blot.Hides(shape, name) && !showSensitive) json.WriteStringValue(Blot.Mark);
        else if (shape.Type == "structure")
        {
            json.WriteStartObject();
            Members(shape, found[0], json, _ => true);
            json.WriteEndObject();
        }
        else if (shape.Type == "list")
        {
            json.WriteStartArray();
            foreach (var item in flat ? found : found[0].Elements()) FromXml(shape.Member!, name, [item], json);
            json.WriteEndArray();
        }
        else if (shape.Type == "map")
        {
            json.WriteStartObject();
            foreach (var entry in flat ? found : found[0].Elements())
            {
                if (Child(entry, shape.Key!.LocationName ?? "key") is not { } key || Child(entry, shape.Value!.LocationName ?? "value") is not { } value) continue;
                json.WritePropertyName(redactor.Redact(key.Value));
                FromXml(shape.Value, key.Value, [value], json);
            }
            json.WriteEndObject();
        }
        else
        {
            Scalar(shape, name, found[0].Value, json);
        }
    }

    private void Scalar(Shape shape, string name, string text, Utf8JsonWriter json)
    {
        if (Blot.Hides(shape, name) && !showSensitive) json.WriteStringValue(Blot.Mark);
        else if (shape.Type == "boolean" && bool.TryParse(text, out var flag)) json.WriteBooleanValue(flag);
        else if (shape.Type is "integer" or "long" && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) json.WriteNumberValue(whole);
        else if (shape.Type is "float" or "double" && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(redactor.Redact(text));
    }

    /// <summary>Text where it is text, else base64.</summary>
    private void Bytes(byte[] bytes, Utf8JsonWriter json)
    {
        try
        {
            json.WriteStringValue(redactor.Redact(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes)));
        }
        catch (DecoderFallbackException)
        {
            json.WriteStartObject();
            json.WriteString("base64", Convert.ToBase64String(bytes));
            json.WriteEndObject();
        }
    }

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(element => element.Name.LocalName == name);

    private static bool InBody(ShapeUse use) => use.Location is null;

    private static JsonElement? Json(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
