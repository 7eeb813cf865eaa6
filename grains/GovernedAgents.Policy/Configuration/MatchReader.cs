namespace GovernedAgents.Policy.Configuration;

internal static class MatchReader
{
    public static MatchDefinition? Read(ConfigNode? node, string where, ProblemList problems)
    {
        if (node is null) return null;
        var fields = new Fields(node, where, problems);
        var match = Members(fields, problems) with { After = After(fields.Node("after"), fields.Label("after"), problems) };
        fields.Close();
        return match;
    }

    private static MatchDefinition Members(Fields fields, ProblemList problems)
    {
        IReadOnlyList<string>? Globs(string key) => fields.Many(key, (n, l) => Spellings.GlobText(n, l, problems));
        return new MatchDefinition
        {
            Tool = Globs("tool"),
            Action = Globs("action"),
            Resource = Globs("resource"),
            Effect = fields.Choices<EffectClass>("effect"),
            Class = fields.Choices<EnvironmentClass>("class"),
            Tier = fields.Choices<AutonomyTier>("tier"),
            Agent = Globs("agent"),
            Principal = fields.Many("principal", (n, l) => Spellings.PlainGlob(n, l, "person:", problems)),
            Group = fields.Many("group", (n, l) => Spellings.PlainGlob(n, l, "group:", problems)),
            Labels = Labels(fields.Node("labels"), fields.Label("labels"), problems),
            EnvironmentLabels = Labels(fields.Node("environmentLabels"), fields.Label("environmentLabels"), problems),
            Args = Arguments(fields.Node("args"), fields.Label("args"), problems),
        };
    }

    private static SequenceDefinition? After(ConfigNode? node, string where, ProblemList problems)
    {
        if (node is null) return null;
        var fields = new Fields(node, where, problems);
        var match = Members(fields, problems);
        var within = fields.Duration("within", required: true);
        fields.Close();
        if (fields.IsMapping && fields.Entries.All(e => e.Key == "within"))
            problems.Add(node.At, $"{where} names no call. Say which: action, tool, resource, effect or args.");
        return within is null ? null : new SequenceDefinition { Match = match, Within = within.Value };
    }

    private static Dictionary<string, IReadOnlyList<string>> Labels(ConfigNode? node, string where, ProblemList problems)
    {
        var labels = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var fields = new Fields(node, where, problems);
        foreach (var entry in fields.Entries)
            labels[entry.Key] = fields.Many(entry.Key, (n, l) => Spellings.GlobText(n, l, problems)) ?? [];
        return labels;
    }

    private static Dictionary<string, IReadOnlyList<ArgumentCondition>> Arguments(ConfigNode? node, string where, ProblemList problems)
    {
        var arguments = new Dictionary<string, IReadOnlyList<ArgumentCondition>>(StringComparer.Ordinal);
        foreach (var entry in new Fields(node, where, problems).Entries)
        {
            Spellings.Pointer(entry.Key, entry.KeyAt, where, problems);
            var fields = new Fields(entry.Value, $"{where}.{entry.Key}", problems);
            var conditions = new List<ArgumentCondition>();
            for (var op = ArgumentOperator.ValueEquals; op <= ArgumentOperator.Exists; op++)
            {
                var key = ArgumentCondition.NameOf(op);
                if (fields.Node(key) is { } value && Condition(op, value, fields.Label(key), problems) is { } condition) conditions.Add(condition);
            }

            fields.Close();
            if (fields.IsMapping && fields.Entries.Count == 0) problems.Add(entry.Value.At, $"{where}.{entry.Key} has no condition. Accepted: {string.Join(", ", ArgumentCondition.Names)}.");
            arguments[entry.Key] = conditions;
        }

        return arguments;
    }

    private static ArgumentCondition? Condition(ArgumentOperator op, ConfigNode node, string label, ProblemList problems)
    {
        switch (op)
        {
            case ArgumentOperator.Like when Spellings.GlobText(node, label, problems) is null:
            case ArgumentOperator.Matches when Spellings.RegexText(node, label, problems) is null:
                return null;
            case ArgumentOperator.LessThan or ArgumentOperator.GreaterThan when node is not ScalarNode { Kind: ScalarKind.Number }:
                problems.Add(node.At, $"{label} is {node.Shown}; it must be a number.");
                return null;
            case ArgumentOperator.Exists when node is not ScalarNode { Kind: ScalarKind.Truth }:
                problems.Add(node.At, $"{label} is {node.Shown}; it must be true or false.");
                return null;
            case ArgumentOperator.In when node is not SequenceNode { Items.Count: > 0 }:
                problems.Add(node.At, $"{label} is {node.Shown}; it must be a list of at least one value.");
                return null;
        }

        return Fields.AsJson(node, label, problems) is { } json ? new ArgumentCondition(op, json) : null;
    }
}
