using System.Text.Json;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>minLength</c> and <c>maxLength</c>, counted in code points.</summary>
internal sealed class LengthKeyword(int minimum, int maximum) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind != JsonValueKind.String) return;
        var text = value.GetString()!;
        var length = text.Length - text.Count(char.IsLowSurrogate);
        if (length < minimum) run.Fault(place, $"read {JsonWords.Quote(text)}, {length} characters; accepted: at least {minimum}");
        if (length > maximum) run.Fault(place, $"read {JsonWords.Quote(text)}, {length} characters; accepted: at most {maximum}");
    }
}

/// <summary><c>pattern</c>: found anywhere in the text, in linear time.</summary>
internal sealed class PatternKeyword(string source, Regex pattern) : Keyword
{
    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind == JsonValueKind.String && !EcmaPattern.IsMatch(pattern, value.GetString()!, run))
            run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: text that matches the pattern {JsonWords.Quote(source)}");
    }
}
