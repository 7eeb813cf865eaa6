using System.Text.Json;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>minProperties</c> and <c>maxProperties</c>.</summary>
internal sealed class MemberCountKeyword(int minimum, int maximum) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        var count = value.GetPropertyCount();
        if (count < minimum) run.Fault(place, $"read {count} members; accepted: at least {minimum}");
        if (count > maximum) run.Fault(place, $"read {count} members; accepted: at most {maximum}");
    }
}

/// <summary><c>required</c>.</summary>
internal sealed class RequiredKeyword(IReadOnlyList<string> names) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        var present = MemberNames.Of(value);
        foreach (var name in names)
            if (!present.Contains(name)) run.Fault(place, $"the member {JsonWords.Quote(name)} is missing; accepted: an object that has it");
    }
}

/// <summary><c>properties</c>, <c>patternProperties</c> and, for members that neither names, <c>additionalProperties</c>.</summary>
internal sealed class PropertiesKeyword(
    IReadOnlyDictionary<string, SchemaNode> named,
    IReadOnlyList<(Regex Pattern, SchemaNode Schema)> matching,
    SchemaNode? additional) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            if (run.IsDone) return;
            var inner = place.Member(member.Name);
            var known = named.TryGetValue(member.Name, out var schema);
            schema?.Check(member.Value, inner, run);
            foreach (var (pattern, patternSchema) in matching)
            {
                if (!EcmaPattern.IsMatch(pattern, member.Name, run)) continue;
                known = true;
                patternSchema.Check(member.Value, inner, run);
            }

            if (!known) CheckAdditional(member, inner, run);
        }
    }

    private void CheckAdditional(JsonProperty member, JsonPlace inner, ValidationRun run)
    {
        if (additional is { AcceptsNothing: true })
            run.Fault(inner, $"the member {JsonWords.Quote(member.Name)} is not known; accepted: {JsonWords.List(named.Keys.Select(JsonWords.Quote).ToList())}"
                + (matching.Count > 0 ? " and names that match a pattern" : ""));
        else additional?.Check(member.Value, inner, run);
    }
}

/// <summary><c>propertyNames</c>: every member's name, as a string, fits a schema.</summary>
internal sealed class PropertyNamesKeyword(SchemaNode schema) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            if (run.IsDone) return;
            var fault = schema.FirstFault(JsonSerializer.SerializeToElement(member.Name), JsonPlace.Root, run);
            if (fault is not null) run.Fault(place.Member(member.Name), "the member's name does not fit: " + fault.Detail);
        }
    }
}

/// <summary><c>dependentRequired</c>: a member that is there needs others beside it.</summary>
internal sealed class DependentRequiredKeyword(IReadOnlyDictionary<string, IReadOnlyList<string>> needs) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        var present = MemberNames.Of(value);
        foreach (var (name, others) in needs)
        {
            if (!present.Contains(name)) continue;
            foreach (var other in others)
                if (!present.Contains(other)) run.Fault(place, $"the member {JsonWords.Quote(other)} is missing; accepted with {JsonWords.Quote(name)}: an object that has it");
        }
    }
}

/// <summary><c>dependentSchemas</c>: an object with a certain member fits a further schema.</summary>
internal sealed class DependentSchemasKeyword(IReadOnlyDictionary<string, SchemaNode> schemas) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => schemas.Values;

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.Object) return;
        var present = MemberNames.Of(value);
        foreach (var (name, schema) in schemas)
            if (present.Contains(name)) schema.Check(value, place, run);
    }
}

internal static class MemberNames
{
    public static HashSet<string> Of(JsonElement value) => value.EnumerateObject().Select(member => member.Name).ToHashSet(StringComparer.Ordinal);
}
