using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>$ref</c> within the document; its target is known once the whole document is read.</summary>
internal sealed class RefKeyword : Keyword
{
    public SchemaNode? Target { get; set; }

    public override IEnumerable<SchemaNode> InPlace => [Target!];

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run) => Target!.Check(value, place, run);
}

/// <summary><c>allOf</c>.</summary>
internal sealed class AllOfKeyword(IReadOnlyList<SchemaNode> schemas) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        foreach (var schema in schemas) schema.Check(value, place, run);
    }
}

/// <summary><c>anyOf</c> and <c>oneOf</c>: at least one, or exactly one, of the alternatives fits.</summary>
internal sealed class AlternativesKeyword(string name, IReadOnlyList<SchemaNode> schemas, bool exactlyOne) : Keyword
{
    private const int MaxExplained = 3;
    private const int MaxReason = 300;

    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        var fitting = new List<int>();
        var reasons = new List<string>();
        for (var index = 0; index < schemas.Count; index++)
        {
            if (schemas[index].FirstFault(value, place, run) is { } fault) reasons.Add(Cut($"{name}/{index}: {At(fault, place)}{fault.Detail}"));
            else if (!exactlyOne) return;
            else fitting.Add(index);
        }

        if (fitting.Count > 1)
            run.Fault(place, $"read {JsonWords.Quote(value)}, which fits {string.Join(" and ", fitting.Select(index => $"{name}/{index}"))}; accepted: a value that fits exactly one");
        else if (fitting.Count == 0)
            run.Fault(place, $"read {JsonWords.Quote(value)}, which fits none of the {schemas.Count} alternatives of {name} ({Explain(reasons)}); accepted: a value that fits {(exactlyOne ? "exactly" : "at least")} one");
    }

    private static string At(SchemaFault fault, JsonPlace place) => fault.Pointer == place.ToString() ? "" : $"at {fault.Pointer} ";

    // Alternatives nest, and each explains the ones within it.
    private static string Cut(string reason) => reason.Length <= MaxReason ? reason
        : reason[..(char.IsHighSurrogate(reason[MaxReason - 1]) ? MaxReason - 1 : MaxReason)] + "…";

    private static string Explain(List<string> reasons) =>
        string.Join(" | ", reasons.Take(MaxExplained)) + (reasons.Count > MaxExplained ? " | …" : "");
}

/// <summary><c>not</c>.</summary>
internal sealed class NotKeyword(SchemaNode schema) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => [schema];

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (schema.Fits(value, place, run))
            run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: a value that does not fit {schema.Pointer}");
    }
}

/// <summary><c>if</c> with <c>then</c> and <c>else</c>.</summary>
internal sealed class ConditionKeyword(SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => new[] { condition, then, otherwise }.OfType<SchemaNode>();

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run) =>
        (condition.Fits(value, place, run) ? then : otherwise)?.Check(value, place, run);
}
