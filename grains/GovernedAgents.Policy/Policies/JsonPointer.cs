using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace GovernedAgents.Policy.Policies;

/// <summary>RFC 6901, compiled.</summary>
public sealed class JsonPointer
{
    private readonly (string Name, int Index)[] _steps;

    private JsonPointer((string, int)[] steps) => _steps = steps;

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer)
    {
        pointer = null;
        if (text.Length > 0 && text[0] != '/') return false;
        for (var i = text.IndexOf('~', StringComparison.Ordinal); i >= 0; i = text.IndexOf('~', i + 1))
            if (i + 1 == text.Length || text[i + 1] is not ('0' or '1')) return false;

        var names = text.Length == 0 ? [] : text[1..].Split('/');
        pointer = new JsonPointer([.. names.Select(n => (
            n.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal),
            (n == "0" || (n.Length is > 0 and < 10 && n[0] is >= '1' and <= '9')) && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1))]);
        return true;
    }

    /// <summary>The value, or null when a step leads nowhere.</summary>
    public JsonElement? Find(JsonElement root)
    {
        var current = root;
        foreach (var (name, index) in _steps)
        {
            if (current.ValueKind == JsonValueKind.Object)
            {
                if (!current.TryGetProperty(name, out current)) return null;
            }
            else if (current.ValueKind == JsonValueKind.Array && index >= 0 && index < current.GetArrayLength())
            {
                current = current[index];
            }
            else
            {
                return null;
            }
        }

        return current.ValueKind == JsonValueKind.Undefined ? null : current;
    }
}
