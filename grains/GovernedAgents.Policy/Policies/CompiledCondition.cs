using System.Text.Json;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>One condition on one argument. On a missing value only <c>exists: false</c> and <c>notEquals</c> hold.</summary>
internal sealed class CompiledCondition
{
    private readonly string _where;
    private readonly int _slot;
    private readonly ArgumentOperator _operator;
    private readonly JsonElement _value;
    private readonly double _number;
    private readonly Glob? _glob;
    private readonly LinearRegex? _regex;

    /// <exception cref="FormatException">A value that the configuration reader would have refused.</exception>
    public CompiledCondition(string pointer, ArgumentCondition condition, ArgumentPointers pointers)
    {
        _where = pointer;
        _operator = condition.Operator;
        _slot = pointers.SlotOf(pointer);
        using var document = JsonDocument.Parse(condition.ValueJson);
        _value = document.RootElement.Clone();
        if (_operator is ArgumentOperator.LessThan or ArgumentOperator.GreaterThan) _number = _value.GetDouble();
        if (_operator == ArgumentOperator.Like) _glob = Glob.Parse(_value.GetString() ?? "");
        if (_operator == ArgumentOperator.Matches && !LinearRegex.TryParse(_value.GetString() ?? "", out _regex, out var fault))
            throw new FormatException($"'{condition.ValueJson}' is no pattern: {fault}");
    }

    public MatchResult Test(ArgumentValues arguments, ref string? fault)
    {
        var found = arguments[_slot];
        if (_operator == ArgumentOperator.Exists) return Is(found is not null == (_value.ValueKind == JsonValueKind.True));
        if (found is not { } actual) return Is(_operator == ArgumentOperator.NotEquals);
        switch (_operator)
        {
            case ArgumentOperator.ValueEquals: return Is(Same(actual, _value));
            case ArgumentOperator.NotEquals: return Is(!Same(actual, _value));
            case ArgumentOperator.In:
                foreach (var item in _value.EnumerateArray())
                    if (Same(actual, item)) return MatchResult.Yes;
                return MatchResult.No;
            case ArgumentOperator.LessThan or ArgumentOperator.GreaterThan:
                if (actual.ValueKind != JsonValueKind.Number || !actual.TryGetDouble(out var number) || !double.IsFinite(number))
                    return Fault(ref fault, $"the argument at '{_where}' is {KindOf(actual)}, not a number");
                return Is(_operator == ArgumentOperator.LessThan ? number < _number : number > _number);
            default:
                if (actual.ValueKind != JsonValueKind.String) return Fault(ref fault, $"the argument at '{_where}' is {KindOf(actual)}, not a text");
                var text = arguments.TextAt(_slot);
                if (text.Length > LinearRegex.LongestInput)
                    return Fault(ref fault, $"the argument at '{_where}' has {text.Length} characters, at most {LinearRegex.LongestInput} are matched");
                return Is(_glob?.IsMatch(text) ?? _regex!.IsMatch(text));
        }
    }

    private static MatchResult Is(bool holds) => holds ? MatchResult.Yes : MatchResult.No;

    /// <summary>Equal as JSON values: 7 equals 7.0, never "7".</summary>
    private static bool Same(JsonElement one, JsonElement other) => one.ValueKind == other.ValueKind && JsonElement.DeepEquals(one, other);

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
