using System.Globalization;
using System.Text;

namespace GovernedAgents.Policy.Schemas;

/// <summary>
/// An ECMA-262 pattern read by recursive descent and written for .NET. Whatever is not known to mean the same in linear
/// time (lookarounds, backreferences, word boundaries, flags, scripts) is a problem, never a guess.
/// </summary>
internal sealed class PatternTranslation
{
    private const int MaxNesting = 50;
    private const int MaxSize = 10_000;
    private const int MaxRanges = 2_000;

    private readonly StringBuilder output = new();
    private readonly PatternCursor cursor;
    private int ranges;

    public PatternTranslation(string source)
    {
        cursor = new PatternCursor(source);
        var size = Alternatives(0);
        if (Problem is null && !cursor.AtEnd) cursor.Fail("\")\" closes nothing");
        if (Problem is null && size > MaxSize) cursor.Fail($"its repetitions unroll to more than {MaxSize} characters");
    }

    public string? Problem => cursor.Problem;

    public string Text => output.ToString();

    private long Alternatives(int nesting)
    {
        if (nesting > MaxNesting) cursor.Fail($"groups nest deeper than {MaxNesting}");
        var size = 0L;
        while (Problem is null && !cursor.AtEnd && cursor.Next != ')')
        {
            if (cursor.Take("|")) output.Append('|');
            else size = Math.Min(size + Term(nesting), int.MaxValue);
        }

        return size;
    }

    private long Term(int nesting)
    {
        if (cursor.Take("^")) return Assertion("\\A");
        if (cursor.Take("$")) return Assertion("\\z");
        if (cursor.Next is '*' or '+' or '?' || cursor.AtQuantifier) return cursor.Fail("a quantifier repeats nothing");
        output.Append("(?:");
        var size = Atom(nesting);
        output.Append(')');
        return size * Quantifier();
    }

    private long Assertion(string text)
    {
        output.Append(text);
        return cursor.Next is '*' or '+' or '?' || cursor.AtQuantifier ? cursor.Fail("a quantifier repeats \"^\" or \"$\"") : 0;
    }

    private long Atom(int nesting)
    {
        if (cursor.Take("(")) return Group(nesting);
        var set = cursor.Take(".") ? CodePointSet.LineEnds.Complement()
            : cursor.Take("[") ? PatternClass.Read(cursor)
            : PatternEscapes.ReadAtom(cursor, inClass: false);
        // A category has hundreds of ranges, and the engine takes its time over each.
        ranges += set.Ranges.Count;
        if (ranges > MaxRanges) return cursor.Fail($"its character classes hold more than {MaxRanges} ranges");
        set.WriteTo(output);
        return 1;
    }

    private long Group(int nesting)
    {
        if (cursor.Take("?<=") || cursor.Take("?<!")) return cursor.Fail("lookbehinds cannot be matched in linear time");
        if (cursor.Take("?=") || cursor.Take("?!")) return cursor.Fail("lookaheads cannot be matched in linear time");
        if (cursor.Take("?<"))
        {
            while (!cursor.AtEnd && cursor.Next != '>') cursor.Point();
            if (!cursor.Take(">")) return cursor.Fail("a group's name has no end");
        }
        else if (!cursor.Take("?:") && cursor.Next == '?') return cursor.Fail("flags within a pattern are not supported");

        var size = Alternatives(nesting + 1);
        return cursor.Take(")") ? size : cursor.Fail("a group has no end");
    }

    /// <summary>Writes the quantifier, if there is one; the factor by which it unrolls. Laziness changes no answer and is dropped.</summary>
    private long Quantifier()
    {
        var factor = 1L;
        if (cursor.Take("*")) output.Append('*');
        else if (cursor.Take("+")) output.Append('+');
        else if (cursor.Take("?")) output.Append('?');
        else if (cursor.TakeQuantifier() is { } bounds)
        {
            if (bounds.Most < bounds.Least) return cursor.Fail("a quantifier's bounds are the wrong way round");
            output.Append(CultureInfo.InvariantCulture, $"{{{bounds.Least},{bounds.Most}}}");
            factor = Math.Max(1, bounds.Most ?? bounds.Least);
        }
        else return 1;
        cursor.Take("?");
        return cursor.Next is '*' or '+' or '?' || cursor.AtQuantifier ? cursor.Fail("a quantifier repeats a quantifier") : factor;
    }
}
