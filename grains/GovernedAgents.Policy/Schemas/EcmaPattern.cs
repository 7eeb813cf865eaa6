using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary>Patterns of schemas: ECMA-262 with Unicode semantics, run by the engine whose time is linear in the text.</summary>
internal static class EcmaPattern
{
    public const int MaxLength = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Regex? TryCompile(string source, out string? problem)
    {
        if (source.Length > MaxLength)
        {
            problem = $"it has {source.Length} characters; accepted: up to {MaxLength}";
            return null;
        }

        var translation = new PatternTranslation(source);
        problem = translation.Problem;
        if (problem is not null) return null;
        try
        {
            return new Regex(translation.Text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            problem = "it cannot be matched in linear time; write it without lookarounds and backreferences";
            return null;
        }
    }

    /// <summary>A match that outlasts its patience gives the validation up: neither answer would be true.</summary>
    public static bool IsMatch(Regex pattern, string text, ValidationRun run)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            run.GiveUp($"a pattern took longer than {Patience.TotalSeconds} s on {JsonWords.Quote(text)}; accepted: shorter text");
            return false;
        }
    }
}
