using System.Text.Json;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>One condition on one argument. On a missing value only <c>exists: false</c> and <c>notEquals</c> hold.</summary>
internal sealed class CompiledCondition
{
    private readonly string _where;
    private readonly ArgumentOperator _operator;
    private readonly JsonPointer _pointer;
    private readonly JsonElement _value;
    private readonly Glob? _glob;
    private readonly LinearRegex? _regex;

    public CompiledCondition(string pointer, ArgumentCondition condition)
    {
        _where = pointer;
        _operator = condition.Operator;
        if (!JsonPointer.TryParse(pointer, out var parsed)) throw new FormatException($"'{pointer}' is no JSON pointer.");
        _pointer = parsed;
        using var document = JsonDocument.Parse(condition.ValueJson);
        _value = document.RootElement.Clone();
        if (_operator == ArgumentOperator.Like) _glob = Glob.Parse(_value.GetString() ?? "");
        if (_operator == ArgumentOperator.Matches && !LinearRegex.TryParse(_value.GetString() ?? "", out _regex, out var fault))
            throw new FormatException($"'{condition.ValueJson}' is no pattern: {fault}");
    }

    public MatchResult Test(JsonElement arguments, ref string? fault)
    {
        var found = _pointer.Find(arguments);
        if (_operator == ArgumentOperator.Exists) return Is(found is not null == (_value.ValueKind == JsonValueKind.True));
        if (found is not { } actual) return Is(_operator == ArgumentOperator.NotEquals);
        switch (_operator)
        {
            case ArgumentOperator.ValueEquals: return Is(JsonElement.DeepEquals(actual, _value));
            case ArgumentOperator.NotEquals: return Is(!JsonElement.DeepEquals(actual, _value));
            case ArgumentOperator.In:
                foreach (var item in _value.EnumerateArray())
                    if (JsonElement.DeepEquals(actual, item)) return MatchResult.Yes;
                return MatchResult.No;
            case ArgumentOperator.LessThan or ArgumentOperator.GreaterThan:
                if (actual.ValueKind != JsonValueKind.Number || !actual.TryGetDouble(out var number) || !double.IsFinite(number))
                    return Fault(ref fault, $"the argument at '{_where}' is {KindOf(actual)}, not a number");
                return Is(_operator == ArgumentOperator.LessThan ? number < _value.GetDouble() : number > _value.GetDouble());
            default:
                if (actual.ValueKind != JsonValueKind.String) return Fault(ref fault, $"the argument at '{_where}' is {KindOf(actual)}, not a text");
                var text = actual.GetString()!;
                if (text.Length > LinearRegex.LongestInput)
                    return Fault(ref fault, $"the argument at '{_where}' has {text.Length} characters, at most {LinearRegex.LongestInput} are matched");
                return Is(_glob?.IsMatch(text) ?? _regex!.IsMatch(text));
        }
    }

    private static MatchResult Is(bool holds) => holds ? MatchResult.Yes : MatchResult.No;

    private static MatchResult Fault(ref string? fault, string what)
    {
        fault ??= what;
        return MatchResult.Fault;
    }

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };
}
