using System.Globalization;
using System.Text.RegularExpressions;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Configuration;

/// <summary>The texts that have a grammar of their own, each with the message that says it.</summary>
internal static partial class Spellings
{
    public static string? Name(ConfigNode? node, string label, ProblemList problems) =>
        Spelled(node, label, problems, NamePattern(), "1 to 63 of a-z, 0-9 and '-'");

    public static string? ToolPrefix(ConfigNode? node, string label, ProblemList problems) =>
        Spelled(node, label, problems, PrefixPattern(), "1 to 63 of a-z, A-Z, 0-9, '-' and single '_', starting with a letter or digit");

    private static readonly HashSet<string> Reserved =
    [
        "baseline", "policy-fault", "observe-reads-only", "session-paused", "session-quarantined", "session-ended", "agent-killed", "fleet-halted", "operator", "restored-backup",
    ];

    public static string? Id(ConfigNode? node, string label, ProblemList problems)
    {
        var id = Spelled(node, label, problems, IdPattern(), "1 to 63 of a-z, A-Z, 0-9, '.', '_' and '-'");
        if (id is null || !Reserved.Contains(id)) return id;
        problems.Add(node!.At, $"{label} is '{id}', the name of a built-in check. Choose another.");
        return null;
    }

    public static string? PersonId(ConfigNode? node, string label, ProblemList problems) =>
        Spelled(node, label, problems, VisiblePattern(), "1 to 255 visible characters without spaces");

    public static string? GroupName(ConfigNode? node, string label, ProblemList problems)
    {
        var name = Spelled(node, label, problems, VisiblePattern(), "1 to 255 visible characters without spaces");
        if (name?.StartsWith("group:", StringComparison.Ordinal) != true) return name;
        problems.Add(node!.At, $"{label} is '{name}'; only groups stand here, so write the plain name '{name[6..]}'.");
        return null;
    }

    /// <summary><c>group:x</c> or <c>person:y</c>.</summary>
    public static string? Party(ConfigNode? node, string label, ProblemList problems) =>
        Spelled(node, label, problems, PartyPattern(), "'group:' or 'person:' and a name (group:sre, person:alice)");

    public static string? GlobText(ConfigNode? node, string label, ProblemList problems)
    {
        var text = Fields.AsText(node, label, problems, Glob.LongestPattern);
        if (text is null || Glob.TryParse(text, out _, out var fault)) return text;
        problems.Add(node!.At, $"{label} is {node.Shown}; {fault}");
        return null;
    }

    public static string? PlainGlob(ConfigNode? node, string label, string prefix, ProblemList problems)
    {
        var text = GlobText(node, label, problems);
        if (text?.StartsWith(prefix, StringComparison.Ordinal) != true) return text;
        problems.Add(node!.At, $"{label} is {node.Shown}; no other kind stands here, so write it without '{prefix}'.");
        return null;
    }

    public static string? RegexText(ConfigNode? node, string label, ProblemList problems)
    {
        var text = Fields.AsText(node, label, problems, LinearRegex.LongestPattern);
        if (text is null || LinearRegex.TryParse(text, out _, out var fault)) return text;
        problems.Add(node!.At, $"{label} is {node.Shown}; {fault}");
        return null;
    }

    public static string? Pointer(string text, Position at, string label, ProblemList problems)
    {
        if (JsonPointer.TryParse(text, out _)) return text;
        problems.Add(at, $"{label} is {YamlSource.Quote(text)}; it must be a JSON pointer: empty, or '/' and member names ('~0' for '~', '~1' for '/').");
        return null;
    }

    public static DateTimeOffset? Instant(ConfigNode? node, string label, ProblemList problems)
    {
        if (node is null) return null;
        if (node is ScalarNode { Kind: ScalarKind.Text } s && InstantPattern().IsMatch(s.Text)
            && DateTimeOffset.TryParse(s.Text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)) return instant.ToUniversalTime();
        problems.Add(node.At, $"{label} is {node.Shown}; it must be an instant with its offset (2026-12-20T00:00:00Z).");
        return null;
    }

    private static string? Spelled(ConfigNode? node, string label, ProblemList problems, Regex pattern, string accepted)
    {
        var text = Fields.AsText(node, label, problems);
        if (text is null || pattern.IsMatch(text)) return text;
        problems.Add(node!.At, $"{label} is {node.Shown}; it must be {accepted}.");
        return null;
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,63}\z")] private static partial Regex NamePattern();
    [GeneratedRegex(@"\A(?=.{1,63}\z)[a-zA-Z0-9]([-]|_?[a-zA-Z0-9])*\z")] private static partial Regex PrefixPattern();
    [GeneratedRegex(@"\A[a-zA-Z0-9._-]{1,63}\z")] private static partial Regex IdPattern();
    [GeneratedRegex(@"\A[^\s\p{C}]{1,255}\z")] private static partial Regex VisiblePattern();
    [GeneratedRegex(@"\A(group|person):[^\s\p{C}]{1,255}\z")] private static partial Regex PartyPattern();
    [GeneratedRegex(@"\A\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,7})?([Zz]|[+-]\d\d:\d\d)\z", RegexOptions.ECMAScript)] private static partial Regex InstantPattern();
}
