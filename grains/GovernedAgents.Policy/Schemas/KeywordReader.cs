using System.Text.Json;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary>Reads the keywords of one schema object; a value of the wrong form is a problem.</summary>
internal sealed class KeywordReader(SchemaCompilation compilation, JsonElement schema, JsonPlace place, List<Keyword> keywords)
{
    public void ReadAll()
    {
        SchemaMap("$defs");
        SchemaMap("definitions");
        ReadAnyType();
        ReadNumbers();
        ReadStrings();
        ReadArrays();
        ReadObjects();
        ReadCombinations();
    }

    private void ReadAnyType()
    {
        if (Has("type", out var type))
        {
            var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToList() : [type];
            if (names.Count > 0 && names.TrueForAll(name => name.ValueKind == JsonValueKind.String && TypeKeyword.Known.Contains(name.GetString())))
                keywords.Add(new TypeKeyword(names.ConvertAll(name => name.GetString()!)));
            else Wrong("type", type, $"{string.Join(", ", TypeKeyword.Known)}, or an array of these");
        }

        if (Has("enum", out var values))
        {
            if (values.ValueKind == JsonValueKind.Array) keywords.Add(new EnumKeyword(values.EnumerateArray()));
            else Wrong("enum", values, "an array of values");
        }

        if (Has("const", out var constant)) keywords.Add(new EnumKeyword([constant]));
    }

    private void ReadNumbers()
    {
        Limit("minimum", "at least", order => order >= 0);
        Limit("maximum", "at most", order => order <= 0);
        Limit("exclusiveMinimum", "more than", order => order > 0);
        Limit("exclusiveMaximum", "less than", order => order < 0);
        if (!Has("multipleOf", out var divisor)) return;
        if (divisor.ValueKind == JsonValueKind.Number && JsonNumber.Read(divisor).IsPositive) keywords.Add(new MultipleOfKeyword(divisor));
        else Wrong("multipleOf", divisor, "a number above 0");
    }

    private void Limit(string name, string words, Func<int, bool> holds)
    {
        if (!Has(name, out var limit)) return;
        if (limit.ValueKind == JsonValueKind.Number) keywords.Add(new LimitKeyword(words, limit, holds));
        else Wrong(name, limit, "a number");
    }

    private void ReadStrings()
    {
        if (Bounds("minLength", "maxLength") is { } length) keywords.Add(new LengthKeyword(length.Minimum, length.Maximum));
        if (!Has("pattern", out var pattern)) return;
        if (pattern.ValueKind != JsonValueKind.String) Wrong("pattern", pattern, "a regular expression as a string");
        else if (Pattern(place.Member("pattern"), pattern.GetString()!) is { } regex) keywords.Add(new PatternKeyword(pattern.GetString()!, regex));
    }

    private void ReadArrays()
    {
        if (Bounds("minItems", "maxItems") is { } count) keywords.Add(new ItemCountKeyword(count.Minimum, count.Maximum));
        if (Has("uniqueItems", out var unique))
        {
            if (unique.ValueKind == JsonValueKind.True) keywords.Add(new UniqueItemsKeyword());
            else if (unique.ValueKind != JsonValueKind.False) Wrong("uniqueItems", unique, "true or false");
        }

        if (Has("items", out var items) && items.ValueKind == JsonValueKind.Array)
            Wrong("items", items, "a schema; a list of schemas by position is prefixItems");
        else if (SchemaList("prefixItems") is var prefix && Schema("items") is var rest && (prefix.Count > 0 || rest is not null))
            keywords.Add(new ItemsKeyword(prefix, rest));
        // Read even without contains, so that a wrong form is never passed over.
        var found = Bounds("minContains", "maxContains");
        if (Schema("contains") is { } wanted)
            keywords.Add(new ContainsKeyword(wanted, Has("minContains", out _) ? found?.Minimum ?? 1 : 1, found?.Maximum ?? int.MaxValue));
    }

    private void ReadObjects()
    {
        if (Bounds("minProperties", "maxProperties") is { } count) keywords.Add(new MemberCountKeyword(count.Minimum, count.Maximum));
        if (Has("required", out var required) && Names("required", place.Member("required"), required) is { } names) keywords.Add(new RequiredKeyword(names));
        var named = SchemaMap("properties");
        var matching = new List<(Regex, SchemaNode)>();
        foreach (var (source, node) in SchemaMap("patternProperties"))
            if (Pattern(place.Member("patternProperties").Member(source), source) is { } regex) matching.Add((regex, node));
        var additional = Schema("additionalProperties");
        if (named.Count > 0 || matching.Count > 0 || additional is not null) keywords.Add(new PropertiesKeyword(named, matching, additional));
        if (Schema("propertyNames") is { } propertyNames) keywords.Add(new PropertyNamesKeyword(propertyNames));
        var dependent = SchemaMap("dependentSchemas");
        if (dependent.Count > 0) keywords.Add(new DependentSchemasKeyword(dependent));
        ReadDependentRequired();
    }

    private void ReadDependentRequired()
    {
        if (!Has("dependentRequired", out var dependent)) return;
        if (dependent.ValueKind != JsonValueKind.Object)
        {
            Wrong("dependentRequired", dependent, "an object of arrays of names");
            return;
        }

        var needs = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var member in dependent.EnumerateObject())
            if (Names("dependentRequired", place.Member("dependentRequired").Member(member.Name), member.Value) is { } others) needs[member.Name] = others;
        keywords.Add(new DependentRequiredKeyword(needs));
    }

    private void ReadCombinations()
    {
        if (SchemaList("allOf") is { Count: > 0 } all) keywords.Add(new AllOfKeyword(all));
        if (SchemaList("anyOf") is { Count: > 0 } any) keywords.Add(new AlternativesKeyword("anyOf", any, exactlyOne: false));
        if (SchemaList("oneOf") is { Count: > 0 } one) keywords.Add(new AlternativesKeyword("oneOf", one, exactlyOne: true));
        if (Schema("not") is { } not) keywords.Add(new NotKeyword(not));
        var (then, otherwise) = (Schema("then"), Schema("else"));
        if (Schema("if") is { } condition) keywords.Add(new ConditionKeyword(condition, then, otherwise));
    }

    private bool Has(string name, out JsonElement value) => schema.TryGetProperty(name, out value);

    private void Wrong(string name, JsonElement value, string accepted) =>
        compilation.Problem(place.Member(name), $"{name} is {JsonWords.Quote(value)}; accepted: {accepted}");

    private SchemaNode? Schema(string name) => Has(name, out var value) ? compilation.Schema(value, place.Member(name)) : null;

    private List<SchemaNode> SchemaList(string name)
    {
        if (!Has(name, out var list)) return [];
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0)
            return list.EnumerateArray().Select((item, index) => compilation.Schema(item, place.Member(name).Item(index))).ToList();
        Wrong(name, list, "an array of at least one schema");
        return [];
    }

    private Dictionary<string, SchemaNode> SchemaMap(string name)
    {
        if (!Has(name, out var map)) return [];
        if (map.ValueKind == JsonValueKind.Object)
            return map.EnumerateObject().ToDictionary(member => member.Name, member => compilation.Schema(member.Value, place.Member(name).Member(member.Name)), StringComparer.Ordinal);
        Wrong(name, map, "an object of schemas");
        return [];
    }

    private (int Minimum, int Maximum)? Bounds(string minimum, string maximum) =>
        Has(minimum, out _) || Has(maximum, out _) ? (Count(minimum, 0), Count(maximum, int.MaxValue)) : null;

    private int Count(string name, int otherwise)
    {
        if (!Has(name, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.Number && JsonNumber.Read(value).TryCount(out var count)) return count;
        Wrong(name, value, "a whole number, 0 or more");
        return otherwise;
    }

    private List<string>? Names(string name, JsonPlace at, JsonElement list)
    {
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return list.EnumerateArray().Select(item => item.GetString()!).Distinct(StringComparer.Ordinal).ToList();
        compilation.Problem(at, $"{name} holds {JsonWords.Quote(list)}; accepted: an array of names");
        return null;
    }

    private Regex? Pattern(JsonPlace at, string source)
    {
        var regex = EcmaPattern.TryCompile(source, out var problem);
        if (regex is null) compilation.Problem(at, $"the pattern {JsonWords.Quote(source)} is not supported: {problem}");
        return regex;
    }
}
