using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Policies;

/// <summary>A regular expression that is matched in time linear in its input: no look-around, no back-references, bounded repetition counts.</summary>
public sealed partial class LinearRegex
{
    public const int LongestPattern = 1000;
    /// <summary>Longer values are not matched; a rule that meets one is a fault.</summary>
    public const int LongestInput = 64 * 1024;
    /// <summary>Counted repetitions are unrolled, so that all counts of a pattern multiplied are bounded.</summary>
    private const long MostRepetitions = 10_000;

    private readonly Regex _regex;

    private LinearRegex(Regex regex) => _regex = regex;

    /// <param name="fault">What is wrong and what is accepted, to follow «… is '…';».</param>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out LinearRegex? regex, [NotNullWhen(false)] out string? fault)
    {
        (regex, fault) = (null, null);
        if (pattern.Length > LongestPattern)
        {
            fault = $"a pattern has at most {LongestPattern} characters.";
            return false;
        }

        long repetitions = 1;
        foreach (Match count in Counts().Matches(pattern))
        {
            var most = count.Groups[2].Length > 0 ? count.Groups[2] : count.Groups[1];
            var times = long.TryParse(most.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : MostRepetitions + 1;
            repetitions *= Math.Clamp(times, 1, MostRepetitions + 1);
            if (repetitions <= MostRepetitions) continue;
            fault = $"its repetition counts multiply to more than {MostRepetitions}.";
            return false;
        }

        try
        {
            regex = new LinearRegex(new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
            return true;
        }
        catch (ArgumentException error)
        {
            fault = $"it is not a regular expression ({error.Message.Split('\n')[0]}).";
        }
        catch (NotSupportedException)
        {
            fault = "look-around, back-references and atomic groups are not accepted, because they do not run in linear time.";
        }

        return false;
    }

    /// <summary>Anywhere in the value.</summary>
    public bool IsMatch(string value) => _regex.IsMatch(value);

    [GeneratedRegex(@"\{([0-9]+)(?:,([0-9]*))?\}")] private static partial Regex Counts();
}
