using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>A match in words, for the people who ask why.</summary>
internal static class MatchText
{
    public static string Of(MatchDefinition match)
    {
        var said = Conditions(match).Select(c => c.Text).ToList();
        return said.Count == 0 ? "it concerns every call" : string.Join(" and ", said);
    }

    /// <summary>Every condition on its own; <c>Enumerable</c>: of effect, class or tier.</summary>
    public static IReadOnlyList<(string Text, bool Enumerable)> Conditions(MatchDefinition match)
    {
        var said = new List<(string, bool)>();
        if (match.Effect is { } effects) said.Add(($"effect is {Or(effects.Select(DefinitionJson.Name))}", true));
        if (match.Class is { } classes) said.Add(($"class is {Or(classes.Select(DefinitionJson.Name))}", true));
        if (match.Tier is { } tiers) said.Add(($"tier is {Or(tiers.Select(DefinitionJson.Name))}", true));
        foreach (var (name, patterns) in new[]
        {
            ("tool", match.Tool), ("action", match.Action), ("resource", match.Resource), ("agent", match.Agent), ("principal", match.Principal), ("group", match.Group),
        })
            if (patterns is not null) said.Add(($"{name} is like {Quoted(patterns)}", false));
        foreach (var (key, patterns) in match.Labels) said.Add(($"label {key} is like {Quoted(patterns)}", false));
        foreach (var (key, patterns) in match.EnvironmentLabels) said.Add(($"environment label {key} is like {Quoted(patterns)}", false));
        foreach (var (pointer, conditions) in match.Args)
            foreach (var condition in conditions)
                said.Add(($"argument {pointer} {Word(condition.Operator)} {condition.ValueJson}", false));
        if (match.After is { } after) said.Add(($"within {Durations.Write(after.Within)} after a call where {Of(after.Match)}", false));
        return said;
    }

    private static string Or(IEnumerable<string> words) => string.Join(" or ", words);

    private static string Quoted(IReadOnlyList<string> patterns) => Or(patterns.Select(p => $"'{p}'"));

    private static string Word(ArgumentOperator op) => op switch
    {
        ArgumentOperator.ValueEquals => "equals",
        ArgumentOperator.NotEquals => "does not equal",
        ArgumentOperator.In => "is one of",
        ArgumentOperator.Like => "is like",
        ArgumentOperator.Matches => "matches",
        ArgumentOperator.LessThan => "is less than",
        ArgumentOperator.GreaterThan => "is greater than",
        _ => "exists:",
    };
}
