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

    private readonly string _literal;
    private readonly Regex? _regex;
    private readonly bool _anything;

    private Glob(string pattern)
    {
        (Pattern, _literal, _anything) = (pattern, pattern, pattern == "**");
        if (!_anything && pattern.Contains('*', StringComparison.Ordinal)) _regex = Compile(pattern);
    }

    public string Pattern { get; }

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

    public bool IsMatch(string value) => _anything || (_regex?.IsMatch(value) ?? string.Equals(_literal, value, StringComparison.Ordinal));

    public override string ToString() => Pattern;

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
