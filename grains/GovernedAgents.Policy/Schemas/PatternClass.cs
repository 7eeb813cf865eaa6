namespace GovernedAgents.Policy.Schemas;

/// <summary>A character class, read after its opening bracket.</summary>
internal static class PatternClass
{
    public static CodePointSet Read(PatternCursor cursor)
    {
        var negated = cursor.Take("^");
        var parts = new List<(int Low, int High)>();
        while (cursor.Problem is null && !cursor.Take("]"))
        {
            if (cursor.AtEnd) cursor.Fail("a character class has no end");
            else AddPart(cursor, parts);
        }

        var set = new CodePointSet(parts);
        return negated ? set.Complement() : set;
    }

    private static void AddPart(PatternCursor cursor, List<(int Low, int High)> parts)
    {
        var first = PatternEscapes.ReadAtom(cursor, inClass: true);
        if (!cursor.Take("-"))
        {
            parts.AddRange(first.Ranges);
            return;
        }

        if (cursor.Next == ']')
        {
            parts.AddRange(first.Ranges);
            parts.Add(('-', '-'));
            return;
        }

        var last = PatternEscapes.ReadAtom(cursor, inClass: true);
        if (cursor.Problem is not null) return;
        if (Single(first) is not { } low || Single(last) is not { } high) cursor.Fail("a range of a character class begins or ends with a class");
        else if (low > high) cursor.Fail("a range of a character class is the wrong way round");
        else parts.Add((low, high));
    }

    private static int? Single(CodePointSet set) => set.Ranges is [var only] && only.Low == only.High ? only.Low : null;
}
