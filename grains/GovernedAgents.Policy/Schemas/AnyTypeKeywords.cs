using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>type</c>; 1.0 is an integer.</summary>
internal sealed class TypeKeyword(IReadOnlyList<string> types) : Keyword
{
    public static readonly string[] Known = ["array", "boolean", "integer", "null", "number", "object", "string"];

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        var kind = JsonWords.Kind(value);
        if (types.Contains(kind)) return;
        if (kind == "number" && types.Contains("integer") && JsonNumber.Read(value).IsInteger) return;
        run.Fault(place, $"read {Describe(value, kind)}; accepted: {string.Join(" or ", types)}");
    }

    private static string Describe(JsonElement value, string kind) =>
        kind is "object" or "array" or "null" ? JsonWords.Quote(value) : $"{JsonWords.Quote(value)}, a {kind}";
}

/// <summary><c>enum</c> and <c>const</c>: equality as JSON values.</summary>
internal sealed class EnumKeyword : Keyword
{
    private readonly HashSet<JsonElement> accepted;
    private readonly string words;

    public EnumKeyword(IEnumerable<JsonElement> values)
    {
        var listed = values.ToList();
        accepted = new HashSet<JsonElement>(listed, JsonEquality.Instance);
        words = JsonWords.List(listed.ConvertAll(JsonWords.Quote));
    }

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (!accepted.Contains(value))
            run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: {(accepted.Count > 1 ? "one of " : "")}{words}");
    }
}
