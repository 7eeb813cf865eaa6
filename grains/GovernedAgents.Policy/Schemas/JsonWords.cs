using System.Text.Encodings.Web;
using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>How values are named in faults and problems.</summary>
internal static class JsonWords
{
    public const int MaxQuoted = 80;

    public static string Quote(string text)
    {
        var shown = Cut(text);
        return "\"" + JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(shown) + (shown.Length < text.Length ? "…" : "") + "\"";
    }

    /// <summary>The value itself up to <see cref="MaxQuoted"/> characters; objects and arrays by their size.</summary>
    public static string Quote(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"an object of {value.GetPropertyCount()} members",
        JsonValueKind.Array => $"an array of {value.GetArrayLength()} items",
        JsonValueKind.String => Quote(value.GetString()!),
        JsonValueKind.Undefined => "nothing",
        _ when value.GetRawText() is var text => text.Length > MaxQuoted ? text[..MaxQuoted] + "…" : text,
        _ => ""
    };

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null"
    };

    /// <summary>Up to ten values of a list, then how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> quoted) => quoted.Count == 0 ? "none"
        : quoted.Count <= 10 ? string.Join(", ", quoted)
        : string.Join(", ", quoted.Take(10)) + $" and {quoted.Count - 10} more";

    private static string Cut(string text)
    {
        if (text.Length <= MaxQuoted) return text;
        return text[..(char.IsHighSurrogate(text[MaxQuoted - 1]) ? MaxQuoted - 1 : MaxQuoted)];
    }
}
