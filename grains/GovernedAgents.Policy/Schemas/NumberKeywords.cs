using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary><c>minimum</c>, <c>maximum</c>, <c>exclusiveMinimum</c>, <c>exclusiveMaximum</c>: a limit and the comparison that holds.</summary>
internal sealed class LimitKeyword(string words, JsonElement limit, Func<int, bool> holds) : Keyword
{
    private readonly JsonNumber number = JsonNumber.Read(limit);
    private readonly string text = limit.GetRawText();

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind == JsonValueKind.Number && !holds(JsonNumber.Read(value).CompareTo(number)))
            run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: {words} {text}");
    }
}

/// <summary><c>multipleOf</c>, in exact arithmetic.</summary>
internal sealed class MultipleOfKeyword(JsonElement divisor) : Keyword
{
    private readonly JsonNumber number = JsonNumber.Read(divisor);
    private readonly string text = divisor.GetRawText();

    public override void Check(JsonElement value, JsonPlace place, ValidationRun run)
    {
        if (value.ValueKind == JsonValueKind.Number && !JsonNumber.Read(value).IsMultipleOf(number))
            run.Fault(place, $"read {JsonWords.Quote(value)}; accepted: multiples of {text}");
    }
}
