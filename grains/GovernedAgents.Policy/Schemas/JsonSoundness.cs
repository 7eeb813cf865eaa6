using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>
/// What must hold of any document before keywords read it: members named once, text that is Unicode, numbers that can
/// be compared, nesting up to <see cref="MaxDepth"/>. Checked once, so that the keywords need no such care.
/// </summary>
internal static class JsonSoundness
{
    public const int MaxDepth = 64;

    /// <summary>The first place that is not sound and why, or null.</summary>
    public static SchemaFault? FirstFault(JsonElement element) => FirstFault(element, JsonPlace.Root, 1);

    private static SchemaFault? FirstFault(JsonElement element, JsonPlace place, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Undefined:
                return new SchemaFault(place.ToString(), "there is no JSON value; accepted: a JSON value");
            case JsonValueKind.Object or JsonValueKind.Array when depth > MaxDepth:
                return new SchemaFault(place.ToString(), $"nesting is deeper than {MaxDepth}; accepted: up to {MaxDepth} levels");
            case JsonValueKind.Object:
                return FirstFaultOfMembers(element, place, depth);
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    if (FirstFault(item, place.Item(index++), depth + 1) is { } fault) return fault;
                return null;
            case JsonValueKind.String when !IsUnicode(() => element.GetString()):
                return new SchemaFault(place.ToString(), "the string holds half of a surrogate pair; accepted: Unicode text");
            case JsonValueKind.Number when !JsonNumber.TryRead(element, out _):
                return new SchemaFault(place.ToString(), $"read {JsonWords.Quote(element)}; accepted: numbers of up to {JsonNumber.MaxTextLength} characters with an exponent within ±{JsonNumber.MaxExponent}");
            default:
                return null;
        }
    }

    private static SchemaFault? FirstFaultOfMembers(JsonElement element, JsonPlace place, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!IsUnicode(() => member.Name)) return new SchemaFault(place.ToString(), "a member's name holds half of a surrogate pair; accepted: Unicode text");
            if (!names.Add(member.Name)) return new SchemaFault(place.ToString(), $"the member {JsonWords.Quote(member.Name)} is there twice; accepted: each member once");
            if (FirstFault(member.Value, place.Member(member.Name), depth + 1) is { } fault) return fault;
        }

        return null;
    }

    private static bool IsUnicode(Func<string?> read)
    {
        try
        {
            read();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
