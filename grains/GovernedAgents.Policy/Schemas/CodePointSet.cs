using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace GovernedAgents.Policy.Schemas;

/// <summary>A set of Unicode code points as sorted, disjoint ranges; what a character class of a pattern stands for.</summary>
internal sealed class CodePointSet
{
    public static readonly CodePointSet Digits = new([('0', '9')]);
    public static readonly CodePointSet Words = new([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);
    public static readonly CodePointSet LineEnds = new([('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)]);

    /// <summary>WhiteSpace and LineTerminator of ECMA-262.</summary>
    public static readonly CodePointSet Spaces = new(
        [(0x09, 0x0D), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);

    private const int Last = 0x10FFFF;
    private static readonly ConcurrentDictionary<string, CodePointSet> Categories = new(StringComparer.Ordinal);
    private readonly List<(int Low, int High)> ranges = [];

    public CodePointSet(IEnumerable<(int Low, int High)> parts)
    {
        foreach (var (low, high) in parts.OrderBy(part => part.Low))
        {
            if (ranges.Count > 0 && low <= ranges[^1].High + 1) ranges[^1] = (ranges[^1].Low, Math.Max(ranges[^1].High, high));
            else ranges.Add((low, high));
        }
    }

    public IReadOnlyList<(int Low, int High)> Ranges => ranges;

    /// <summary>The general categories whose two-letter name begins so (<c>L</c>, <c>Lu</c>); null if there is none.</summary>
    public static CodePointSet? OfCategory(string prefix)
    {
        // Only names that could be: what is not one costs a look at every code point, and is kept.
        var set = prefix.Length is 1 or 2 && prefix.All(char.IsAsciiLetter) ? Categories.GetOrAdd(prefix, Collect) : null;
        return set is { ranges.Count: > 0 } ? set : null;
    }

    public CodePointSet Complement()
    {
        var gaps = new List<(int, int)>();
        var next = 0;
        foreach (var (low, high) in ranges)
        {
            if (low > next) gaps.Add((next, low - 1));
            next = high + 1;
        }

        if (next <= Last) gaps.Add((next, Last));
        return new CodePointSet(gaps);
    }

    /// <summary>Writes an expression over UTF-16 that takes exactly one code point of the set, so that no match ends inside a pair.</summary>
    public void WriteTo(StringBuilder output)
    {
        var units = new StringBuilder();
        var trails = new SortedDictionary<(int From, int To), StringBuilder>();
        foreach (var (low, high) in ranges)
        {
            WriteUnits(units, low, Math.Min(high, 0xD7FF));
            WriteUnits(units, Math.Max(low, 0xE000), Math.Min(high, 0xFFFF));
            if (high > 0xFFFF) WritePairs(trails, Math.Max(low, 0x10000), high);
        }

        var pairs = string.Concat(trails.Select(entry => $"|[\\u{entry.Key.From:X4}-\\u{entry.Key.To:X4}][{entry.Value}]"));
        // An empty set takes nothing: the complement of every unit.
        if (units.Length == 0 && pairs.Length == 0) output.Append("[^\\u0000-\\uFFFF]");
        else if (pairs.Length == 0) output.Append('[').Append(units).Append(']');
        else output.Append("(?:").Append(units.Length == 0 ? pairs[1..] : $"[{units}]{pairs}").Append(')');
    }

    private static void WriteUnits(StringBuilder units, int low, int high)
    {
        if (low <= high) units.Append(CultureInfo.InvariantCulture, $"\\u{low:X4}-\\u{high:X4}");
    }

    // One alternative for each run of high units, not for each range: the engine's time grows steeply with alternatives.
    private static void WritePairs(SortedDictionary<(int From, int To), StringBuilder> trails, int low, int high)
    {
        while (low <= high)
        {
            // Whole blocks of one high unit go together; a partial block stands alone.
            var lead = Lead(low);
            var wholeFrom = Trail(low) == 0xDC00;
            var lastLead = wholeFrom ? (Trail(high) == 0xDFFF ? Lead(high) : Lead(high) - 1) : lead;
            if (lastLead < lead) lastLead = lead;
            var end = Math.Min(high, 0x10000 + ((lastLead - 0xD800 + 1) << 10) - 1);
            if (!trails.TryGetValue((lead, lastLead), out var units)) trails[(lead, lastLead)] = units = new StringBuilder();
            WriteUnits(units, Trail(low), Trail(end));
            low = end + 1;
        }
    }

    private static int Lead(int point) => 0xD800 + ((point - 0x10000) >> 10);

    private static int Trail(int point) => 0xDC00 + ((point - 0x10000) & 0x3FF);

    private static CodePointSet Collect(string prefix)
    {
        var wanted = Enum.GetValues<UnicodeCategory>().Where(category => CategoryName(category).StartsWith(prefix, StringComparison.Ordinal)).ToHashSet();
        var runs = new List<(int Low, int High)>();
        for (var point = 0; point <= Last; point++)
        {
            if (!wanted.Contains(CharUnicodeInfo.GetUnicodeCategory(point))) continue;
            if (runs.Count > 0 && runs[^1].High == point - 1) runs[^1] = (runs[^1].Low, point);
            else runs.Add((point, point));
        }

        return new CodePointSet(runs);
    }

    private static string CategoryName(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        _ => "Cn"
    };
}
