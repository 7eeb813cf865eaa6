using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Three-valued: a field that certainly fails decides, whatever another field's fault is; so no order of fields matters.</summary>
internal enum MatchResult { No, Yes, Fault }

/// <summary>A <see cref="MatchDefinition"/> with its patterns compiled.</summary>
internal sealed class CompiledMatch
{
    private readonly (Glob[] Globs, Func<CallFacts, string> Value)[] _texts;
    private readonly Glob[]? _groups;
    private readonly (string Key, Glob[] Globs)[] _labels;
    private readonly (string Key, Glob[] Globs)[] _environmentLabels;
    private readonly CompiledCondition[] _conditions;
    private readonly uint _effects, _classes, _tiers;

    /// <exception cref="FormatException">A pattern or pointer that the configuration reader would have refused.</exception>
    public CompiledMatch(MatchDefinition match)
    {
        var texts = new List<(Glob[], Func<CallFacts, string>)>();
        void Add(IReadOnlyList<string>? patterns, Func<CallFacts, string> value)
        {
            if (patterns is not null) texts.Add((Globs(patterns), value));
        }

        Add(match.Tool, f => f.Tool);
        Add(match.Action, f => f.Action);
        Add(match.Agent, f => f.Agent);
        Add(match.Principal, f => f.Principal);
        Add(match.Resource, f => f.Resource);
        _texts = [.. texts];
        _groups = match.Group is null ? null : Globs(match.Group);
        _labels = [.. match.Labels.Select(l => (l.Key, Globs(l.Value)))];
        _environmentLabels = [.. match.EnvironmentLabels.Select(l => (l.Key, Globs(l.Value)))];
        _conditions = [.. match.Args.SelectMany(a => a.Value.Select(c => new CompiledCondition(a.Key, c)))];
        _effects = Mask(match.Effect);
        _classes = Mask(match.Class);
        _tiers = Mask(match.Tier);
    }

    public MatchResult Test(CallFacts facts, out string? fault)
    {
        fault = null;
        if (!Has(_effects, (int)facts.Effect) || !Has(_classes, (int)facts.Class) || !Has(_tiers, (int)facts.Tier)) return MatchResult.No;

        var result = MatchResult.Yes;
        foreach (var (globs, value) in _texts)
            if (!And(ref result, Any(globs, value(facts), ref fault))) return MatchResult.No;
        if (_groups is not null && !And(ref result, AnyOf(_groups, facts.Groups, ref fault))) return MatchResult.No;
        foreach (var (key, globs) in _labels)
            if (!And(ref result, facts.Labels.TryGetValue(key, out var value) ? Any(globs, value, ref fault) : MatchResult.No)) return MatchResult.No;
        foreach (var (key, globs) in _environmentLabels)
            if (!And(ref result, facts.EnvironmentLabels.TryGetValue(key, out var value) ? Any(globs, value, ref fault) : MatchResult.No)) return MatchResult.No;
        foreach (var condition in _conditions)
            if (!And(ref result, condition.Test(facts.Arguments, ref fault))) return MatchResult.No;
        if (result == MatchResult.Yes) fault = null;
        return result;
    }

    private static bool And(ref MatchResult result, MatchResult next)
    {
        if (next == MatchResult.Fault) result = MatchResult.Fault;
        return next != MatchResult.No;
    }

    private static MatchResult Any(Glob[] globs, string value, ref string? fault)
    {
        if (value.Length > Glob.LongestInput)
        {
            fault ??= $"a value has {value.Length} characters, at most {Glob.LongestInput} are matched";
            return MatchResult.Fault;
        }

        foreach (var glob in globs)
            if (glob.IsMatch(value)) return MatchResult.Yes;
        return MatchResult.No;
    }

    private static MatchResult AnyOf(Glob[] globs, IReadOnlyList<string> values, ref string? fault)
    {
        var result = MatchResult.No;
        foreach (var value in values)
        {
            var one = Any(globs, value, ref fault);
            if (one == MatchResult.Yes) return one;
            if (one == MatchResult.Fault) result = one;
        }

        return result;
    }

    private static Glob[] Globs(IReadOnlyList<string> patterns) => [.. patterns.Select(Glob.Parse)];

    /// <summary>Bit n set: member n is asked for. Absent: every member.</summary>
    private static uint Mask<T>(IReadOnlyList<T>? values) where T : struct, Enum =>
        values is null ? uint.MaxValue : values.Aggregate(0u, (mask, v) => mask | (1u << Convert.ToInt32(v, System.Globalization.CultureInfo.InvariantCulture)));

    private static bool Has(uint mask, int member) => (mask & (1u << member)) != 0;
}
