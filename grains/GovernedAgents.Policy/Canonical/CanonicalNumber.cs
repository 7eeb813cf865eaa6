using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace GovernedAgents.Policy.Canonical;

/// <summary>
/// Numbers of RFC 8785, section 3.2.2.3: ECMAScript's Number.prototype.toString over binary64. A literal is accepted when its value is that of
/// the double or of the canonical text; a fraction also when it has at most 17 significant digits, the most that binary64 tells apart.
/// </summary>
internal static class CanonicalNumber
{
    private static readonly SearchValues<byte> IntegerBytes = SearchValues.Create("-0123456789"u8);
    private const int SurelyExactDigits = 15;
    private const int RoundTripDigits = 17;
    /// <summary>No finite double has more significant decimal digits (767), so a longer literal is none.</summary>
    private const int LongestExactDigits = 800;

    public static bool TryWrite(ReadOnlySpan<byte> literal, ref ByteBuffer output)
    {
        if (literal.Length <= SurelyExactDigits && !literal.ContainsAnyExcept(IntegerBytes))
        {
            if (literal.SequenceEqual("-0"u8)) output.Add((byte)'0');
            else output.Add(literal);
            return true;
        }

        if (!double.TryParse(literal, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value)) return false;

        Span<byte> text = stackalloc byte[32];
        Span<byte> shortestDigits = stackalloc byte[32];
        Span<byte> literalDigits = stackalloc byte[LongestExactDigits];
        if (!TryReadDecimal(literal, literalDigits, out var written)) return false;
        if (written.Digits == 0)
        {
            output.Add((byte)'0');
            return true;
        }

        if (value == 0) return false;
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        TryReadDecimal(text[..length], shortestDigits, out var shortest);

        var asCanonical = written.Exponent == shortest.Exponent && literalDigits[..written.Digits].SequenceEqual(shortestDigits[..shortest.Digits]);
        var isShortFraction = written.Exponent < 0 && written.Digits <= RoundTripDigits;
        if (!asCanonical && !isShortFraction && !IsExactly(value, literalDigits[..written.Digits], written.Exponent)) return false;

        if (value < 0) output.Add((byte)'-');
        Lay(shortestDigits[..shortest.Digits], shortest.Exponent, ref output);
        return true;
    }

    /// <summary>ECMAScript's layout of digits × 10^exponent: plain from 1e-6 up to 1e21, else with an exponent.</summary>
    private static void Lay(ReadOnlySpan<byte> digits, int exponent, ref ByteBuffer output)
    {
        var point = digits.Length + exponent;
        if (point is > 0 and <= 21)
        {
            if (exponent >= 0)
            {
                output.Add(digits);
                for (var i = 0; i < exponent; i++) output.Add((byte)'0');
                return;
            }

            output.Add(digits[..point]);
            output.Add((byte)'.');
            output.Add(digits[point..]);
            return;
        }

        if (point is > -6 and <= 0)
        {
            output.Add("0."u8);
            for (var i = point; i < 0; i++) output.Add((byte)'0');
            output.Add(digits);
            return;
        }

        output.Add(digits[0]);
        if (digits.Length > 1)
        {
            output.Add((byte)'.');
            output.Add(digits[1..]);
        }

        output.Add((byte)'e');
        output.Add((byte)(point > 0 ? '+' : '-'));
        Span<byte> text = stackalloc byte[8];
        Math.Abs(point - 1).TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        output.Add(text[..length]);
    }

    /// <summary>Significant digits without leading or trailing zeros, and the power of ten of the last one; false when there are too many.</summary>
    private static bool TryReadDecimal(ReadOnlySpan<byte> literal, Span<byte> digits, out (int Digits, int Exponent) result)
    {
        int count = 0, fraction = 0, zeros = 0;
        var afterPoint = false;
        long exponent = 0;
        result = default;
        for (var i = 0; i < literal.Length; i++)
        {
            var c = literal[i];
            if (c is (byte)'-') continue;
            if (c is (byte)'.')
            {
                afterPoint = true;
                continue;
            }

            if (c is (byte)'e' or (byte)'E')
            {
                exponent = ReadExponent(literal[(i + 1)..]);
                break;
            }

            if (afterPoint) fraction++;
            if (c == '0')
            {
                // Zeros count only once a digit follows them.
                if (count > 0) zeros++;
                continue;
            }

            if (count + zeros + 1 > digits.Length) return false;
            for (; zeros > 0; zeros--) digits[count++] = (byte)'0';
            digits[count++] = c;
        }

        result = (count, (int)Math.Clamp(exponent - fraction + zeros, int.MinValue, int.MaxValue));
        return true;
    }

    private static long ReadExponent(ReadOnlySpan<byte> text)
    {
        long value = 0;
        foreach (var c in text)
            if (char.IsAsciiDigit((char)c)) value = Math.Min((value * 10) + (c - '0'), int.MaxValue);
        return text[0] == '-' ? -value : value;
    }

    /// <summary>digits × 10^exponent = value, in whole numbers. Bounded: the value is a finite, nonzero double and the digits are few.</summary>
    private static bool IsExactly(double value, ReadOnlySpan<byte> digits, int exponent)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        var power = (int)(bits >> 52);
        var mantissa = power == 0 ? bits : (bits & 0xFFFFFFFFFFFFF) | (1L << 52);
        power = Math.Max(power, 1) - 1075;

        var left = BigInteger.Parse(System.Text.Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture);
        var right = new BigInteger(mantissa);
        if (exponent >= 0) left *= BigInteger.Pow(10, exponent);
        else right *= BigInteger.Pow(10, -exponent);
        if (power >= 0) right <<= power;
        else left <<= -power;
        return left == right;
    }
}
