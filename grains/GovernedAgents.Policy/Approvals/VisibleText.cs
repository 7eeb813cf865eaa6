using System.Buffers;
using System.Globalization;
using System.Text;

namespace GovernedAgents.Policy.Approvals;

/// <summary>Text in which nothing hides and nothing pretends to be something else.</summary>
public static class VisibleText
{
    /// <summary>Letters of Cyrillic and Greek that a reader takes for Latin ones (Unicode TR39, the single-letter confusables of these scripts).</summary>
    private static readonly SearchValues<char> LatinTwins = SearchValues.Create(
        "\u0430\u0435\u043E\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04BB\u0501\u051B\u051D\u04CF\u04AF\u0475\u0432\u043A\u043C\u043D\u0442\u0433" +
        "\u0410\u0412\u0415\u041A\u041C\u041D\u041E\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u04AE\u04C0\u050C\u051A\u051C" +
        "\u03B1\u03B3\u03B5\u03B9\u03BA\u03BD\u03BF\u03C1\u03C3\u03C4\u03C5\u03C7\u03C9\u03F2\u03F3" +
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039A\u039C\u039D\u039F\u03A1\u03A4\u03A5\u03A7\u03F9\u037F");

    /// <summary>What is not a letter and yet passes for a part of an identifier or a path: dots, slashes, hyphens, colons, semicolons, quotes.</summary>
    private static readonly SearchValues<char> SignTwins = SearchValues.Create(
        "\u00AD\u02D0\u02D7\u02F8\u037E\u0387\u0589\u05C3\u0703\u0704\u2010\u2011\u2012\u2015\u2024\u2025\u2027\u2039\u203A\u2041\u2043\u2044\u2052\u2212\u2215\u2216\u2217\u2223\u2236\u223C\u2571\u2796\u29F5\u29F8\uA4FA\uA789");

    /// <summary>
    /// Control, format (bidi, zero-width), separator, private, unassigned and combining characters become <c>\u{HEX}</c>, and so do look-alikes: a letter of another script in a word that
    /// also has Latin letters, every letter of a word that consists of look-alikes alone, styled and full-width forms of ASCII, and signs that pass for those of a path. A backslash is
    /// doubled, so that no text can forge an escape. O(length).
    /// </summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length + 16);
        var word = new List<Rune>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune)) { word.Add(rune); continue; }
            Flush(result, word);
            if (rune.Value == '\\') result.Append("\\\\");
            else if (IsHidden(rune) || IsStyled(rune) || (rune.IsBmp && SignTwins.Contains((char)rune.Value))) Escape(result, rune);
            else result.Append(rune.ToString());
        }

        Flush(result, word);
        return result.ToString();
    }

    private static void Flush(StringBuilder result, List<Rune> word)
    {
        var latin = word.Exists(rune => rune.IsAscii && Rune.IsLetter(rune));
        // A whole word of twins reads as a Latin one; digits between them change nothing.
        var twins = !latin && word.Exists(Rune.IsLetter) && word.TrueForAll(rune => !Rune.IsLetter(rune) || (rune.IsBmp && LatinTwins.Contains((char)rune.Value)));
        foreach (var rune in word)
        {
            if (IsHidden(rune) || IsStyled(rune) || (latin && IsForeign(rune)) || (twins && Rune.IsLetter(rune))) Escape(result, rune);
            else result.Append(rune.ToString());
        }

        word.Clear();
    }

    private static void Escape(StringBuilder result, Rune rune) => result.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X4}}}");

    /// <summary>Beyond Latin with its usual accents; and within it the dotless i, the long s and the clicks, which look like i, f, l and !.</summary>
    private static bool IsForeign(Rune rune) => rune.Value is >= 0x250 or 0x131 or 0x17F or (>= 0x1C0 and <= 0x1C3) or 0x237;

    /// <summary>Forms of ASCII: full-width, mathematical, enclosed, letter-like, super- and subscript; digits of other scripts.</summary>
    private static bool IsStyled(Rune rune) => rune.Value is (>= 0xFF01 and <= 0xFF5E) or (>= 0x1D400 and <= 0x1D7FF) or (>= 0x2100 and <= 0x214F) or (>= 0x2460 and <= 0x24FF)
        or (>= 0x1F100 and <= 0x1F1FF) or (>= 0x2070 and <= 0x209F) or (>= 0xFE50 and <= 0xFE6F) or (>= 0x1FBF0 and <= 0x1FBF9)
        || (!rune.IsAscii && Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber);

    private static bool IsHidden(Rune rune) => (rune.Value != 0x20 && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
        || rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0xFFFD or (>= 0xFE00 and <= 0xFE0F);
}
