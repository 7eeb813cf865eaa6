using System.Globalization;
using System.Text;

namespace GovernedAgents.Cli.Terminal;

/// <summary>Text from elsewhere made harmless on a terminal: whatever would move the cursor, change the order or not be seen is written out.</summary>
internal static class SafeText
{
    /// <summary>Line breaks and tabs become <c>\n</c>, <c>\r</c>, <c>\t</c>; every other unseen character <c>\u{202E}</c>. One line in, one line out.</summary>
    public static string Visible(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var shown = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                Escape(shown, text[at++]);
                continue;
            }

            at += rune.Utf16SequenceLength;
            _ = rune.Value switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when IsSeen(rune) => shown.Append(rune.ToString()),
                _ => Escape(shown, rune.Value),
            };
        }

        return shown.ToString();
    }

    private static StringBuilder Escape(StringBuilder shown, int codePoint) => shown.Append(CultureInfo.InvariantCulture, $"\\u{{{codePoint:X4}}}");

    private static bool IsSeen(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        // Format covers bidi controls, zero-width characters and tags.
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate => false,
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        // Letters and marks that have no ink: Hangul fillers, the braille blank, variation selectors, the grapheme joiner.
        _ => rune.Value is not (0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0x034F or 0x17B4 or 0x17B5 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF)),
    };
}
