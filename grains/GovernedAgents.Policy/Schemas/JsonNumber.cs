using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>A JSON number without rounding: sign, significant digits (no zero at either end) and a power of ten. Zero has no digits.</summary>
internal readonly record struct JsonNumber : IComparable<JsonNumber>
{
    public const int MaxTextLength = 1_000;
    public const int MaxExponent = 1_000_000;

    private readonly int sign;
    private readonly string digits;
    private readonly int exponent;

    private JsonNumber(int sign, string digits, int exponent)
    {
        this.sign = sign;
        this.digits = digits;
        this.exponent = exponent;
    }

    public bool IsInteger => exponent >= 0;

    public bool IsPositive => sign > 0;

    /// <summary>False for texts longer than <see cref="MaxTextLength"/> or with an exponent beyond ±<see cref="MaxExponent"/>.</summary>
    public static bool TryRead(JsonElement element, out JsonNumber number)
    {
        number = default;
        var text = element.GetRawText();
        if (text.Length > MaxTextLength) return false;
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (mark >= 0 && (!int.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            || exponent is > MaxExponent or < -MaxExponent)) return false;
        var mantissa = mark < 0 ? text : text[..mark];
        var negative = mantissa[0] == '-';
        if (negative) mantissa = mantissa[1..];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = mantissa.Remove(point, 1);
        }

        var trimmed = mantissa.TrimEnd('0');
        exponent += mantissa.Length - trimmed.Length;
        trimmed = trimmed.TrimStart('0');
        number = trimmed.Length == 0 ? new JsonNumber(0, "", 0) : new JsonNumber(negative ? -1 : 1, trimmed, exponent);
        return true;
    }

    public static JsonNumber Read(JsonElement element) =>
        TryRead(element, out var number) ? number : throw new InvalidOperationException("The number was not checked before it was read.");

    public int CompareTo(JsonNumber other)
    {
        if (sign != other.sign || sign == 0) return sign.CompareTo(other.sign);
        var magnitude = (digits.Length + exponent).CompareTo(other.digits.Length + other.exponent);
        // Of equal magnitude, the digits compare like words: both begin at the same decimal place.
        return sign * (magnitude != 0 ? magnitude : string.CompareOrdinal(digits, other.digits));
    }

    public bool IsMultipleOf(JsonNumber divisor)
    {
        if (sign == 0) return true;
        var shift = exponent - divisor.exponent;
        // The digits hold no factor ten, so a quotient with a shift below zero is never whole.
        if (shift < 0) return false;
        var modulus = BigInteger.Parse(divisor.digits, CultureInfo.InvariantCulture);
        var value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        return (value % modulus * BigInteger.ModPow(10, shift, modulus) % modulus).IsZero;
    }

    /// <summary>The number as a count for keywords such as maxLength; one beyond an int says as much as the largest int.</summary>
    public bool TryCount(out int count)
    {
        count = 0;
        if (sign < 0 || !IsInteger) return false;
        count = digits.Length + exponent > 9 ? int.MaxValue
            : sign == 0 ? 0 : int.Parse(digits + new string('0', exponent), CultureInfo.InvariantCulture);
        return true;
    }
}
