using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Three-valued: a field that certainly fails decides, whatever another field's fault is; so no order of fields matters.</summary>
internal enum MatchResult { No, Yes, Fault }

/// <summary>The texts of a call that a match can ask for with globs.</summary>
internal enum CallText { Action, Tool, Resource, Agent, Principal }

/// <summary>A <see cref="MatchDefinition"/> with its patterns compiled.</summary>
internal sealed class CompiledMatch
{
    private readonly (CallText Text, Glob[] Globs)[] _texts;
    private readonly Glob[]? _groups;
    private readonly (string Key, Glob[] Globs)[] _labels;
    private readonly (string Key, Glob[] Globs)[] _environmentLabels;
    private readonly CompiledCondition[] _conditions;
    private readonly (string Key, TimeSpan Within)? _after;

    /// <exception cref="FormatException">A pattern or pointer that the configuration reader would have refused.</exception>
    public CompiledMatch(MatchDefinition match, ArgumentPointers pointers)
    {
        _texts =
        [
            .. new (CallText Text, IReadOnlyList<string>? Patterns)[]
            {
                (CallText.Action, match.Action), (CallText.Tool, match.Tool), (CallText.Resource, match.Resource), (CallText.Agent, match.Agent), (CallText.Principal, match.Principal),
            }.Where(t => t.Patterns is not null).Select(t => (t.Text, Globs(t.Patterns!))),
        ];
        _groups = match.Group is null ? null : Globs(match.Group);
        _labels = [.. match.Labels.Select(l => (l.Key, Globs(l.Value)))];
        _environmentLabels = [.. match.EnvironmentLabels.Select(l => (l.Key, Globs(l.Value)))];
        _conditions = [.. match.Args.SelectMany(a => a.Value.Select(c => new CompiledCondition(a.Key, c, pointers)))];
        _after = match.After is { } after ? (after.Key, after.Within) : null;
        Cells = CallCells.Set(match.Effect, match.Class, match.Tier);
    }

    /// <summary>The cells of effect, class and tier outside of which it never holds.</summary>
    public ulong Cells { get; }

    /// <summary>A text whose every pattern starts with something; null when there is none to tell calls apart by.</summary>
    public (CallText Text, Glob[] Globs)? Selective
    {
        get
        {
            foreach (var text in _texts)
                if (Array.TrueForAll(text.Globs, g => g.Prefix.Length > 0)) return text;
            return null;
        }
    }

    public MatchResult Test(CallFacts facts, int cell, ArgumentValues arguments, out string? fault)
    {
        fault = null;
        if (!CallCells.Has(Cells, cell)) return MatchResult.No;

        var result = MatchResult.Yes;
        foreach (var (text, globs) in _texts)
            if (!And(ref result, Any(globs, TextOf(facts, text), ref fault))) return MatchResult.No;
        if (_after is { } after && !(facts.Earlier.TryGetValue(after.Key, out var earlier) && facts.Now - earlier <= after.Within)) return MatchResult.No;
        if (_groups is not null && !And(ref result, AnyOf(_groups, facts.Groups, ref fault))) return MatchResult.No;
        foreach (var (key, globs) in _labels)
            if (!And(ref result, facts.Labels.TryGetValue(key, out var value) ? Any(globs, value, ref fault) : MatchResult.No)) return MatchResult.No;
        foreach (var (key, globs) in _environmentLabels)
            if (!And(ref result, facts.EnvironmentLabels.TryGetValue(key, out var value) ? Any(globs, value, ref fault) : MatchResult.No)) return MatchResult.No;
        foreach (var condition in _conditions)
            if (!And(ref result, condition.Test(arguments, ref fault))) return MatchResult.No;
        if (result == MatchResult.Yes) fault = null;
        return result;
    }

    public static string TextOf(CallFacts facts, CallText text) => text switch
    {
        CallText.Action => facts.Action,
        CallText.Tool => facts.Tool,
        CallText.Resource => facts.Resource,
        CallText.Agent => facts.Agent,
        _ => facts.Principal,
    };

    private static bool And(ref MatchResult result, MatchResult next)
    {
        if (next == MatchResult.Fault) result = MatchResult.Fault;
        return next != MatchResult.No;
    }

    private static MatchResult Any(Glob[] globs, string value, ref string? fault)
    {
        var tooLong = value.Length > Glob.LongestInput;
        foreach (var glob in globs)
        {
            if (!tooLong)
            {
                if (glob.IsMatch(value)) return MatchResult.Yes;
            }
            else if (glob.CouldMatch(value))
            {
                fault ??= $"a value has {value.Length} characters, at most {Glob.LongestInput} are matched";
                return MatchResult.Fault;
            }
        }

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
}
