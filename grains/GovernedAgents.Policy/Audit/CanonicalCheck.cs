using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// Whether bytes are the RFC 8785 form of what they say: written again canonically they must be the same bytes. Kept apart from the
/// code that produces canonical JSON, so that one mistake cannot hide the other.
/// </summary>
internal static class CanonicalCheck
{
    /// <summary>Deeper JSON is called not canonical: no record nests like that.</summary>
    private const int MaxDepth = 256;

    public static bool IsCanonical(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return IsCanonical(document.RootElement, json.Span);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    public static bool IsCanonical(JsonElement element, ReadOnlySpan<byte> json)
    {
        var writer = new CanonicalWriter(json.Length + 64);
        try
        {
            return Write(element, ref writer) && writer.Written.SequenceEqual(json);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException)
        {
            return false;
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static bool Write(JsonElement element, ref CanonicalWriter json)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = element.EnumerateObject().ToArray();
                // Ordinal is by UTF-16 code units, as section 3.2.3 demands.
                Array.Sort(members, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
                json.Raw("{"u8);
                for (var i = 0; i < members.Length; i++)
                {
                    if (i > 0 && members[i].Name == members[i - 1].Name) return false;
                    if (i > 0) json.Raw(","u8);
                    json.Text(members[i].Name);
                    json.Raw(":"u8);
                    if (!Write(members[i].Value, ref json)) return false;
                }

                json.Raw("}"u8);
                return true;
            case JsonValueKind.Array:
                json.Raw("["u8);
                var first = true;
                foreach (var item in element.EnumerateArray())
                {
                    if (!first) json.Raw(","u8);
                    first = false;
                    if (!Write(item, ref json)) return false;
                }

                json.Raw("]"u8);
                return true;
            case JsonValueKind.String:
                json.Text(element.GetString());
                return true;
            case JsonValueKind.Number:
                if (!element.TryGetDouble(out var number) || !double.IsFinite(number)) return false;
                json.Raw(Encoding.ASCII.GetBytes(Number(number)));
                return true;
            default:
                json.Raw(Encoding.ASCII.GetBytes(element.GetRawText()));
                return true;
        }
    }

    /// <summary>ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20) from the shortest digits that read back the same.</summary>
    internal static string Number(double value)
    {
        if (value == 0) return "0";
        var (digits, point) = Split(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        if (point is > 0 and <= 21)
        {
            return digits.Length <= point
                ? sign + digits + new string('0', point - digits.Length)
                : sign + digits[..point] + "." + digits[point..];
        }

        if (point is > -6 and <= 0) return sign + "0." + new string('0', -point) + digits;
        var exponent = point - 1;
        var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}");
    }

    /// <summary>Significant digits and where the decimal point stands: value = 0.digits × 10^point.</summary>
    private static (string Digits, int Point) Split(string text)
    {
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? mantissa : mantissa[..dot];
        var all = dot < 0 ? whole : whole + mantissa[(dot + 1)..];
        var leading = all.Length - all.TrimStart('0').Length;
        return (all.Trim('0'), whole.Length - leading + exponent);
    }
}
