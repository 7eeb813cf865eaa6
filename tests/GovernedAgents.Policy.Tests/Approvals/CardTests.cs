using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using GovernedAgents.Policy.Approvals;
using Xunit;

namespace GovernedAgents.Policy.Tests.Approvals;

/// <summary>What a reviewer reads is what will run.</summary>
public sealed partial class CardTests
{
    [Theory]
    [InlineData("plain ASCII, as it is: <b>&amp;</b> $(x)", "plain ASCII, as it is: <b>&amp;</b> $(x)")]
    [InlineData("Grüße aus Köln", "Grüße aus Köln")]
    [InlineData("生产环境", "生产环境")]
    [InlineData("производство", "производство")]
    [InlineData("gpj.\u202Eexe", "gpj.\\u{202E}exe")]
    [InlineData("a\u200Bb\u2060c\uFEFF", "a\\u{200B}b\\u{2060}c\\u{FEFF}")]
    [InlineData("\u001B[2K\r\n\t\0", "\\u{001B}[2K\\u{000D}\\u{000A}\\u{0009}\\u{0000}")]
    [InlineData("p\u0430ypal", "p\\u{0430}ypal")]
    [InlineData("\u0441\u043E\u0440\u0435", "\\u{0441}\\u{043E}\\u{0440}\\u{0435}")]
    [InlineData("\u0440\u0430\u0443\u0440\u04CF1", "\\u{0440}\\u{0430}\\u{0443}\\u{0440}\\u{04CF}1")]
    [InlineData("\uFF50\uFF52\uFF4F\uFF44", "\\u{FF50}\\u{FF52}\\u{FF4F}\\u{FF44}")]
    [InlineData("\U0001D429rod", "\\u{1D429}rod")]
    [InlineData("a\u2044b\u2215c\u2024d", "a\\u{2044}b\\u{2215}c\\u{2024}d")]
    [InlineData("cost\u2010explorer", "cost\\u{2010}explorer")]
    [InlineData("e\u0301", "e\\u{0301}")]
    [InlineData("d\u0131sk", "d\\u{0131}sk")]
    [InlineData("\u0661\u0662", "\\u{0661}\\u{0662}")]
    [InlineData("C:\\u{202E}", "C:\\\\u{202E}")]
    [InlineData("no\u00A0break", "no\\u{00A0}break")]
    public void Text_ShowsWhatHidesOrPretends(string text, string shown) => Assert.Equal(shown, Card.Visible(text));

    [Fact]
    public void Text_IsNeverTheSameForTwoTexts_AndNeverHoldsWhatHides() => Gen.String.Sample(text =>
    {
        var shown = Card.Visible(text);
        Assert.DoesNotContain(shown.EnumerateRunes(), rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator);
        // Undone it is the text again (a lone surrogate is U+FFFD to everybody): so no two texts look alike.
        var back = Escapes().Replace(shown, found => found.Value == "\\\\" ? "\\" : new Rune(int.Parse(found.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        Assert.Equal(string.Concat(text.EnumerateRunes()), back);
    });

    [Fact]
    public void Arguments_AreAllThere_WithTheirPlaces_AndStringsKeepTheirQuotes()
    {
        using var arguments = JsonDocument.Parse("""{"a/b~":{"":[true,"true",null,{}, []]},"n":1e2,"long":"0123456789"}""");
        Assert.Equal(
            [("/a~1b~0//0", "true"), ("/a~1b~0//1", "\"true\""), ("/a~1b~0//2", "null"), ("/a~1b~0//3", "{}"), ("/a~1b~0//4", "[]"), ("/n", "1e2"), ("/long", "\"0123456789\"")],
            Card.ArgumentsOf(arguments.RootElement));
    }

    [GeneratedRegex(@"\\\\|\\u\{([0-9A-F]{4,6})\}")]
    private static partial Regex Escapes();
}
