using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// Matches a whole value: <c>*</c> stands for anything within a segment, <c>**</c> for anything; segments end at <c>:</c> and <c>/</c>. Every
/// other character stands for itself. Linear in the value.
/// </summary>
public sealed class Glob
{
    public const int LongestPattern = 1000;
    /// <summary>Longer values are not matched; a rule that meets one is a fault.</summary>
    public const int LongestInput = 64 * 1024;
    /// <summary>Steps after which walking gives way to an automaton, which costs more to make and never more than linear time.</summary>
    private const int MostSteps = 10_000;

    private readonly string _suffix;
    private readonly bool _literal, _oneWildcard, _acrossSegments;
    private Regex? _automaton;

    private Glob(string pattern)
    {
        Pattern = pattern;
        var first = pattern.IndexOf('*', StringComparison.Ordinal);
        var last = pattern.LastIndexOf('*');
        _literal = first < 0;
        Prefix = _literal ? pattern : pattern[..first];
        _suffix = _literal ? "" : pattern[(last + 1)..];
        _acrossSegments = last == first + 1;
        _oneWildcard = !_literal && (last == first || _acrossSegments);
    }

    public string Pattern { get; }

    /// <summary>What every match starts with; the whole pattern when it has no wildcard.</summary>
    internal string Prefix { get; }

    internal bool IsLiteral => _literal;

    /// <param name="fault">What is wrong and what is accepted, to follow «… is '…';».</param>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out Glob? glob, [NotNullWhen(false)] out string? fault)
    {
        glob = null;
        fault = pattern.Length is 0 or > LongestPattern ? $"a pattern has 1 to {LongestPattern} characters."
            : pattern.Contains("***", StringComparison.Ordinal) ? "'*' (within a segment) and '**' (across segments) are accepted, '***' is not."
            : pattern.Any(char.IsControl) ? "a pattern holds no control characters."
            : null;
        if (fault is null) glob = new Glob(pattern);
        return fault is null;
    }

    /// <exception cref="FormatException">Not a pattern.</exception>
    public static Glob Parse(string pattern) => TryParse(pattern, out var glob, out var fault) ? glob : throw new FormatException($"'{pattern}' is no pattern: {fault}");

    public bool IsMatch(string value)
    {
        if (!CouldMatch(value)) return false;
        if (_literal) return true;
        if (_oneWildcard) return _acrossSegments || value.AsSpan(Prefix.Length, value.Length - Prefix.Length - _suffix.Length).IndexOfAny(':', '/') < 0;
        return Walk(value) ?? Automaton.IsMatch(value);
    }

    /// <summary>False when the value's ends alone rule a match out.</summary>
    internal bool CouldMatch(string value) => _literal
        ? string.Equals(Pattern, value, StringComparison.Ordinal)
        : value.Length >= Prefix.Length + _suffix.Length && value.StartsWith(Prefix, StringComparison.Ordinal) && value.EndsWith(_suffix, StringComparison.Ordinal);

    public override string ToString() => Pattern;

    /// <summary>
    /// Each wildcard takes as little as it can; at a mismatch the last <c>*</c> takes one more, and when it may not, the last <c>**</c>. No earlier one has to be
    /// tried again: what it could give, the last one can as well. Null after too many steps.
    /// </summary>
    private bool? Walk(string value)
    {
        int p = 0, v = 0, star = -1, starAt = 0, any = -1, anyAt = 0;
        for (var steps = 0; steps < MostSteps; steps++)
        {
            if (p < Pattern.Length && Pattern[p] == '*')
            {
                if (p + 1 < Pattern.Length && Pattern[p + 1] == '*') (any, anyAt, star, p) = (p + 2, v, -1, p + 2);
                else (star, starAt, p) = (p + 1, v, p + 1);
            }
            else if (p < Pattern.Length && v < value.Length && Pattern[p] == value[v]) (p, v) = (p + 1, v + 1);
            else if (p == Pattern.Length && v == value.Length) return true;
            else if (star >= 0 && starAt < value.Length && value[starAt] is not (':' or '/')) (starAt, v, p) = (starAt + 1, starAt + 1, star);
            else if (any >= 0 && anyAt < value.Length) (anyAt, v, p, star) = (anyAt + 1, anyAt + 1, any, -1);
            else return false;
        }

        return null;
    }

    private Regex Automaton => _automaton ??= Compile(Pattern);

    private static Regex Compile(string pattern)
    {
        var text = new StringBuilder(@"\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '*') text.Append(Regex.Escape(pattern[i].ToString()));
            else if (i + 1 < pattern.Length && pattern[i + 1] == '*')
            {
                text.Append(@"[\s\S]*");
                i++;
            }
            else text.Append("[^:/]*");
        }

        return new Regex(text.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
