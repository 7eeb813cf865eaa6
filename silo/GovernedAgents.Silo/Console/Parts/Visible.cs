using System.Text.RegularExpressions;
using GovernedAgents.Policy.Approvals;

namespace GovernedAgents.Silo.Console.Parts;

/// <summary>Finds what a reviewer's eye should stop at in a card's text.</summary>
public static partial class Visible
{
    /// <summary>The text in pieces: <c>escape</c> for <c>\u{HEX}</c>, <c>foreign</c> for what is not ASCII, null for the rest. Joined they are the text again.</summary>
    public static IEnumerable<(string Text, string? Kind)> Runs(string text)
    {
        var from = 0;
        foreach (Match found in Conspicuous().Matches(text))
        {
            // A doubled backslash is the text's own; only what follows an unpaired one was written by the card.
            if (found.Value == @"\\") continue;
            if (found.Index > from) yield return (text[from..found.Index], null);
            yield return (found.Value, found.Value[0] == '\\' ? "escape" : "foreign");
            from = found.Index + found.Length;
        }

        if (from < text.Length) yield return (text[from..], null);
    }

    /// <summary>A text of many lines, each made visible; a line in which nothing hides keeps its backslashes as they are.</summary>
    public static string Lines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line =>
        line.Replace("\\", "", StringComparison.Ordinal) is var bare && Card.Visible(bare) == bare ? line : Card.Visible(line)));

    [GeneratedRegex(@"\\\\|\\u\{[0-9A-F]{4,6}\}|[^\n\x20-\x7e]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Conspicuous();
}
