using System.Text.Json;

namespace GovernedAgents.Connectors;

/// <summary>RFC 6901.</summary>
internal static class JsonPointer
{
    /// <summary>The value that the pointer names; null when there is none.</summary>
    public static JsonElement? Find(JsonElement root, string pointer)
    {
        if (pointer.Length == 0) return root;
        if (pointer[0] != '/') return null;
        var value = root;
        foreach (var raw in pointer[1..].Split('/'))
        {
            var token = raw.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(token, out var member)) value = member;
            else if (value.ValueKind == JsonValueKind.Array && IsIndex(token) && int.TryParse(token, out var index) && index < value.GetArrayLength()) value = value[index];
            else return null;
        }
        return value;
    }

    private static bool IsIndex(string token) => token.Length > 0 && token.All(char.IsAsciiDigit) && (token.Length == 1 || token[0] != '0');
}
