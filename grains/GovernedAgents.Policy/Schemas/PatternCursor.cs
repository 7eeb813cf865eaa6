using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary>Where the reading of a pattern stands; remembers the first problem.</summary>
internal sealed partial class PatternCursor(string source)
{
    private int position;

    public string? Problem { get; private set; }

    public bool AtEnd => position >= source.Length;

    /// <summary>The next unit, or NUL at the end (a NUL in the pattern is taken for itself by <see cref="Point"/>).</summary>
    public char Next => AtEnd ? '\0' : source[position];

    public bool AtQuantifier => Bounds().IsMatch(source, position);

    public bool Take(string text)
    {
        if (string.CompareOrdinal(source, position, text, 0, text.Length) != 0) return false;
        position += text.Length;
        return true;
    }

    /// <summary>Takes one code point.</summary>
    public int Point()
    {
        if (AtEnd) return (int)Fail("it ends too early");
        if (!Rune.TryGetRuneAt(source, position, out var rune)) return (int)Fail("it holds half of a surrogate pair");
        position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Takes exactly this many hexadecimal digits, or none: -1.</summary>
    public int Hex(int count)
    {
        if (position + count > source.Length || !int.TryParse(source.AsSpan(position, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return -1;
        position += count;
        return value;
    }

    /// <summary>Takes the text up to the closing brace; null if there is none.</summary>
    public string? Braced()
    {
        if (Next != '{') return null;
        var end = source.IndexOf('}', position);
        if (end < 0) return null;
        var text = source[(position + 1)..end];
        position = end + 1;
        return text;
    }

    public (int Least, int? Most)? TakeQuantifier()
    {
        var match = Bounds().Match(source, position);
        if (!match.Success) return null;
        position += match.Length;
        var least = Bound(match.Groups["least"].ValueSpan);
        return (least, !match.Groups["comma"].Success ? least : match.Groups["most"].Length > 0 ? Bound(match.Groups["most"].ValueSpan) : null);
    }

    /// <summary>Remembers the first problem, with the place it was seen at; ends the reading.</summary>
    public long Fail(string reason)
    {
        Problem ??= $"{reason} (at character {Math.Min(position, source.Length)})";
        position = source.Length;
        return 0;
    }

    private static int Bound(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var bound) ? bound : int.MaxValue;

    [GeneratedRegex(@"\G\{(?<least>[0-9]+)(?<comma>,(?<most>[0-9]*))?\}")]
    private static partial Regex Bounds();
}
