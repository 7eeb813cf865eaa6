namespace GovernedAgents.Policy.Schemas;

/// <summary>One character or escape of a pattern, as the set of code points it takes.</summary>
internal static class PatternEscapes
{
    private static readonly Dictionary<string, string> CategoryNames = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L", ["Uppercase_Letter"] = "Lu", ["Lowercase_Letter"] = "Ll", ["Titlecase_Letter"] = "Lt", ["Modifier_Letter"] = "Lm", ["Other_Letter"] = "Lo",
        ["Mark"] = "M", ["Combining_Mark"] = "M", ["Nonspacing_Mark"] = "Mn", ["Spacing_Mark"] = "Mc", ["Enclosing_Mark"] = "Me",
        ["Number"] = "N", ["Decimal_Number"] = "Nd", ["digit"] = "Nd", ["Letter_Number"] = "Nl", ["Other_Number"] = "No",
        ["Punctuation"] = "P", ["punct"] = "P", ["Symbol"] = "S", ["Separator"] = "Z", ["Space_Separator"] = "Zs", ["Other"] = "C", ["Control"] = "Cc", ["cntrl"] = "Cc"
    };

    public static CodePointSet ReadAtom(PatternCursor cursor, bool inClass)
    {
        if (!cursor.Take("\\")) return One(cursor.Point());
        if (cursor.Take("d")) return CodePointSet.Digits;
        if (cursor.Take("D")) return CodePointSet.Digits.Complement();
        if (cursor.Take("w")) return CodePointSet.Words;
        if (cursor.Take("W")) return CodePointSet.Words.Complement();
        if (cursor.Take("s")) return CodePointSet.Spaces;
        if (cursor.Take("S")) return CodePointSet.Spaces.Complement();
        if (cursor.Take("p")) return Category(cursor);
        if (cursor.Take("P")) return Category(cursor).Complement();
        return One(Character(cursor, inClass));
    }

    private static CodePointSet One(int point) => new([(point, point)]);

    private static int Character(PatternCursor cursor, bool inClass)
    {
        if (inClass && cursor.Take("b")) return '\b';
        if (cursor.Take("n")) return '\n';
        if (cursor.Take("r")) return '\r';
        if (cursor.Take("t")) return '\t';
        if (cursor.Take("f")) return '\f';
        if (cursor.Take("v")) return '\v';
        if (cursor.Take("x")) return cursor.Hex(2) is >= 0 and var small ? small : (int)cursor.Fail("\\x needs two hexadecimal digits");
        if (cursor.Take("u")) return Unicode(cursor);
        if (cursor.Take("c")) return cursor.Point() is var letter && letter < 128 && char.IsAsciiLetter((char)letter) ? letter % 32 : (int)cursor.Fail("\\c needs a letter");
        if (cursor.Take("0")) return char.IsAsciiDigit(cursor.Next) ? (int)cursor.Fail("octal escapes are not supported") : 0;
        if (cursor.Next is 'b' or 'B') return (int)cursor.Fail("word boundaries are not supported");
        if (cursor.Next is 'k' || char.IsAsciiDigit(cursor.Next)) return (int)cursor.Fail("backreferences cannot be matched in linear time");
        var point = cursor.Point();
        // Punctuation stands for itself; a letter would be an escape of some other dialect.
        return cursor.Problem is null && !(point < 128 && (char.IsPunctuation((char)point) || char.IsSymbol((char)point) || point == ' '))
            ? (int)cursor.Fail($"the escape \\{char.ConvertFromUtf32(point)} is not known") : point;
    }

    private static int Unicode(PatternCursor cursor)
    {
        if (cursor.Braced() is { } digits)
            return int.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var point) && point is >= 0 and <= 0x10FFFF
                ? point : (int)cursor.Fail("\\u{…} needs a code point");
        var unit = cursor.Hex(4);
        if (unit < 0) return (int)cursor.Fail("\\u needs four hexadecimal digits");
        if (unit is < 0xD800 or > 0xDFFF) return unit;
        var trail = unit < 0xDC00 && cursor.Take("\\u") ? cursor.Hex(4) : -1;
        return trail is >= 0xDC00 and <= 0xDFFF ? char.ConvertToUtf32((char)unit, (char)trail) : (int)cursor.Fail("half of a surrogate pair is no character");
    }

    private static CodePointSet Category(PatternCursor cursor)
    {
        var name = cursor.Braced() ?? "";
        var value = name.StartsWith("gc=", StringComparison.Ordinal) ? name[3..]
            : name.StartsWith("General_Category=", StringComparison.Ordinal) ? name[17..] : name;
        if (CodePointSet.OfCategory(CategoryNames.GetValueOrDefault(value, value)) is { } set) return set;
        cursor.Fail($"the property {JsonWords.Quote(name)} is not supported; accepted: general categories such as L or Nd");
        return new CodePointSet([]);
    }
}
