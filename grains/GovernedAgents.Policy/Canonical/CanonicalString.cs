using System.Buffers;
using System.Text;

namespace GovernedAgents.Policy.Canonical;

/// <summary>Strings of RFC 8785: section 3.2.2.2 (escapes) and 3.2.3 (order of member names).</summary>
internal static class CanonicalString
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, (byte)'"', (byte)'\\',
    ]);

    /// <summary>
    /// The order of UTF-16 code units, on UTF-8. Both encodings order by code point, except that UTF-16 puts the surrogates (U+10000 and above,
    /// UTF-8 lead F0 to F4) before U+E000 to U+FFFF (leads EE and EF).
    /// </summary>
    public static int CompareUtf16(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length) return left.Length - right.Length;
        byte a = left[same], b = right[same];
        var swapped = a >= 0xEE && b >= 0xEE && a >= 0xF0 != b >= 0xF0;
        return swapped ? b - a : a - b;
    }

    /// <summary>Appends valid UTF-8 text with the escapes that RFC 8785 demands and no others.</summary>
    public static void Escape(ReadOnlySpan<byte> text, ref ByteBuffer output)
    {
        while (true)
        {
            var at = text.IndexOfAny(Escaped);
            if (at < 0)
            {
                output.Add(text);
                return;
            }

            output.Add(text[..at]);
            var value = text[at];
            switch (value)
            {
                case (byte)'"': output.Add("\\\""u8); break;
                case (byte)'\\': output.Add("\\\\"u8); break;
                case (byte)'\b': output.Add("\\b"u8); break;
                case (byte)'\t': output.Add("\\t"u8); break;
                case (byte)'\n': output.Add("\\n"u8); break;
                case (byte)'\f': output.Add("\\f"u8); break;
                case (byte)'\r': output.Add("\\r"u8); break;
                default:
                    output.Add("\\u00"u8);
                    output.Add("0123456789abcdef"u8[value >> 4]);
                    output.Add("0123456789abcdef"u8[value & 15]);
                    break;
            }

            text = text[(at + 1)..];
        }
    }

    /// <summary>Resolves the escapes of a JSON string that the reader has already accepted; false at a lone surrogate.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, ref ByteBuffer output)
    {
        Span<byte> encoded = stackalloc byte[4];
        while (true)
        {
            var at = raw.IndexOf((byte)'\\');
            if (at < 0)
            {
                output.Add(raw);
                return true;
            }

            output.Add(raw[..at]);
            var kind = raw[at + 1];
            if (kind != 'u')
            {
                output.Add(kind switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'t' => (byte)'\t',
                    (byte)'n' => (byte)'\n',
                    (byte)'f' => (byte)'\f',
                    (byte)'r' => (byte)'\r',
                    _ => kind, // '"', '\' and '/'
                });
                raw = raw[(at + 2)..];
                continue;
            }

            var unit = (char)Hex(raw.Slice(at + 2, 4));
            raw = raw[(at + 6)..];
            Rune rune;
            if (char.IsHighSurrogate(unit) && raw.Length >= 6 && raw[0] == '\\' && raw[1] == 'u' && char.IsLowSurrogate((char)Hex(raw.Slice(2, 4))))
            {
                rune = new Rune(unit, (char)Hex(raw.Slice(2, 4)));
                raw = raw[6..];
            }
            else if (!Rune.TryCreate(unit, out rune))
            {
                return false;
            }

            output.Add(encoded[..rune.EncodeToUtf8(encoded)]);
        }
    }

    private static int Hex(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits) value = (value << 4) | (char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        return value;
    }
}
