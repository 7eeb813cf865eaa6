using System.Text.Json;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>One entry of <c>tools/list</c>, secrets already taken out.</summary>
internal sealed record ListedTool(string Name, string Description, JsonElement? InputSchema, bool? ReadOnlyHint, bool? DestructiveHint)
{
    /// <summary>Null when the entry has no usable name.</summary>
    public static ListedTool? Of(JsonElement entry, SecretRedactor redactor)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "name") is not { } name || !IsName(name)) return null;
        JsonElement? schema = null;
        if (entry.TryGetProperty("inputSchema", out var raw) && raw.ValueKind == JsonValueKind.Object) schema = Redacted(raw, redactor);
        var hints = entry.TryGetProperty("annotations", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return new(name, redactor.Redact(Text(entry, "description") ?? ""), schema, Hint(hints, "readOnlyHint"), Hint(hints, "destructiveHint"));
    }

    private static bool IsName(string name) => name.Length is >= 1 and <= 128 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/');

    private static string? Text(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool? Hint(JsonElement hints, string member) =>
        hints.ValueKind == JsonValueKind.Object && hints.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean() : null;

    /// <summary>Null when it is not well-formed: such a schema has no canonical form either.</summary>
    private static JsonElement? Redacted(JsonElement schema, SecretRedactor redactor)
    {
        try
        {
            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact)) redactor.Write(schema, json);
            return JsonDocument.Parse(bytes.WrittenMemory).RootElement;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
