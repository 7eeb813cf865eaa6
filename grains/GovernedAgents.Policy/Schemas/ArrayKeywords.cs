using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>minItems</c> and <c>maxItems</c>.</summary>
internal sealed class ItemCountKeyword(int minimum, int maximum) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Array) return;
        var count = value.GetArrayLength();
        if (count < minimum) run.Fault(place, $"read {count} items; accepted: at least {minimum}");
        if (count > maximum) run.Fault(place, $"read {count} items; accepted: at most {maximum}");
    }
}

/// <summary><c>uniqueItems</c>: no two items equal as JSON values.</summary>
internal sealed class UniqueItemsKeyword : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Array) return;
        var seen = new Dictionary<JsonElement, int>(JsonEquality.Instance);
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (run.IsDone) return;
            if (!seen.TryAdd(item, index)) run.Fault(place.Item(index), $"read {JsonWords.Quote(item)}, equal to the item at index {seen[item]}; accepted: items that differ");
            index++;
        }
    }
}

/// <summary><c>prefixItems</c> by position, <c>items</c> for all that follow.</summary>
internal sealed class ItemsKeyword(IReadOnlyList<SchemaNode> prefix, SchemaNode? rest) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Array) return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (run.IsDone) return;
            (index < prefix.Count ? prefix[index] : rest)?.Check(item, place.Item(index), run);
            index++;
        }
    }
}

/// <summary><c>contains</c> with <c>minContains</c> and <c>maxContains</c>.</summary>
internal sealed class ContainsKeyword(SchemaNode wanted, int minimum, int maximum) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Array) return;
        var count = 0;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (run.IsDone) return;
            if (wanted.Fits(item, place.Item(index++), run)) count++;
        }

        if (count < minimum) run.Fault(place, $"read {count} items that fit {wanted.Pointer}; accepted: at least {minimum}");
        if (count > maximum) run.Fault(place, $"read {count} items that fit {wanted.Pointer}; accepted: at most {maximum}");
    }
}
