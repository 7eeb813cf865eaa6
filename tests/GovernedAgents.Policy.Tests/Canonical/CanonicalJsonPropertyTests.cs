using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using GovernedAgents.Policy.Canonical;
using Xunit;

namespace GovernedAgents.Policy.Tests.Canonical;

public sealed class CanonicalJsonPropertyTests
{
    private static readonly Gen<double> AnyDouble = Gen.ULong.Select(BitConverter.UInt64BitsToDouble).Where(double.IsFinite);

    // Characters around every boundary of the two encodings.
    private static readonly Gen<string> AnyText = Gen.OneOf(new[]
    {
        "a", "b", "Z", "0", "\"", "\\", "\n", "\u0001", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "\U0001F602",
    }.Select(Gen.Const).ToArray())
        .Array[0, 4].Select(string.Concat);

    private static readonly Gen<JsonNode?> AnyJson = Gen.Recursive<JsonNode?>((depth, self) => depth > 4
        ? Leaf
        : Gen.Frequency<JsonNode?>(
            (3, Leaf),
            (1, self.Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(i => i?.DeepClone())]))),
            (2, Gen.Select(AnyText, self).Array[0, 5].Select(members =>
            {
                var result = new JsonObject();
                foreach (var (key, value) in members) result[key] = value?.DeepClone();
                return (JsonNode?)result;
            }))));

    private static Gen<JsonNode?> Leaf => Gen.OneOf(
        Gen.Const((JsonNode?)null),
        Gen.Bool.Select(b => (JsonNode?)JsonValue.Create(b)),
        AnyDouble.Select(d => (JsonNode?)JsonValue.Create(d)),
        Gen.Int.Select(i => (JsonNode?)JsonValue.Create(i)),
        AnyText.Select(t => (JsonNode?)JsonValue.Create(t)));

    private static string Canonical(JsonNode? node) => CanonicalJsonVectorTests.Canonical(node?.ToJsonString() ?? "null");

    [Fact]
    public void Canonicalize_OfAnyDouble_ReadsBackToTheSameBits() => AnyDouble.Sample(value =>
    {
        var text = CanonicalJsonVectorTests.Canonical(value.ToString("R", CultureInfo.InvariantCulture));
        var back = double.Parse(text, CultureInfo.InvariantCulture);
        return back == value && CanonicalJsonVectorTests.Canonical(text) == text;
    });

    [Fact]
    public void Canonicalize_OfAnyDouble_HasTheFewestDigits() => AnyDouble.Where(d => d != 0).Sample(value =>
    {
        var text = CanonicalJsonVectorTests.Canonical(value.ToString("R", CultureInfo.InvariantCulture));
        var digits = text.Split('e')[0].Replace(".", "", StringComparison.Ordinal).Trim('-', '0').Length;
        // Correctly rounded to the same count it is the same number, and to one digit less it is another.
        return double.Parse(value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) == value
            && (digits == 1 || double.Parse(value.ToString("E" + (digits - 2), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) != value);
    });

    [Fact]
    public void Canonicalize_IsIdempotentAndKeepsTheValue() => AnyJson.Sample(node =>
    {
        var text = Canonical(node);
        using var before = JsonDocument.Parse(node?.ToJsonString() ?? "null");
        using var after = JsonDocument.Parse(text);
        return CanonicalJsonVectorTests.Canonical(text) == text && SameValue(before.RootElement, after.RootElement);
    });

    [Fact]
    public void Canonicalize_OrdersMembersByUtf16AtEveryLevel() => AnyJson.Sample(node =>
    {
        using var document = JsonDocument.Parse(Canonical(node));
        return Ordered(document.RootElement);
    });

    [Fact]
    public void Canonicalize_OfReversedMembers_IsTheSame() => AnyJson.Sample(node => Canonical(Reversed(node)) == Canonical(node));

    [Fact]
    public void Canonicalize_OfAnyBytes_AnswersOrRefuses() => Gen.OneOf(
        Gen.Byte.Array[0, 40],
        Gen.Char["{}[]:,\"\\u0019d8ce.E+-truefalsn "].Select(c => (byte)c).Array[0, 60]).Sample(bytes =>
    {
        try
        {
            var text = CanonicalJson.Canonicalize(bytes);
            return CanonicalJson.Canonicalize(text).AsSpan().SequenceEqual(text);
        }
        catch (CanonicalJsonException)
        {
            return true;
        }
    }, iter: 20_000);

    private static bool SameValue(JsonElement a, JsonElement b) => a.ValueKind == b.ValueKind && a.ValueKind switch
    {
        JsonValueKind.Number => a.GetDouble() == b.GetDouble(),
        JsonValueKind.String => a.GetString() == b.GetString(),
        JsonValueKind.Array => a.GetArrayLength() == b.GetArrayLength() && a.EnumerateArray().Zip(b.EnumerateArray()).All(p => SameValue(p.First, p.Second)),
        JsonValueKind.Object => a.EnumerateObject().Count() == b.EnumerateObject().Count() && a.EnumerateObject().All(m => SameValue(m.Value, b.GetProperty(m.Name))),
        _ => true,
    };

    private static bool Ordered(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => e.EnumerateObject().Zip(e.EnumerateObject().Skip(1)).All(p => string.CompareOrdinal(p.First.Name, p.Second.Name) < 0)
            && e.EnumerateObject().All(m => Ordered(m.Value)),
        JsonValueKind.Array => e.EnumerateArray().All(Ordered),
        _ => true,
    };

    private static JsonNode? Reversed(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Reverse().Select(m => KeyValuePair.Create(m.Key, Reversed(m.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Reversed)]),
        _ => node?.DeepClone(),
    };
}
