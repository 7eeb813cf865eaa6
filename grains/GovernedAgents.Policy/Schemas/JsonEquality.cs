using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>Equality of JSON values: numbers by value, objects in any order, arrays in order. Linear in the values' size.</summary>
internal sealed class JsonEquality : IEqualityComparer<JsonElement>
{
    public static readonly JsonEquality Instance = new();

    public bool Equals(JsonElement x, JsonElement y)
    {
        if (x.ValueKind != y.ValueKind) return false;
        return x.ValueKind switch
        {
            JsonValueKind.String => x.GetString() == y.GetString(),
            JsonValueKind.Number => JsonNumber.Read(x) == JsonNumber.Read(y),
            JsonValueKind.Array => SameItems(x, y),
            JsonValueKind.Object => SameMembers(x, y),
            _ => true
        };
    }

    public int GetHashCode(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.GetHashCode(StringComparison.Ordinal),
        JsonValueKind.Number => JsonNumber.Read(value).GetHashCode(),
        JsonValueKind.Array => value.EnumerateArray().Aggregate(1, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        // A sum, because the order of members says nothing.
        JsonValueKind.Object => value.EnumerateObject().Aggregate(2, (hash, member) => unchecked(hash + HashCode.Combine(member.Name, GetHashCode(member.Value)))),
        _ => (int)value.ValueKind
    };

    private bool SameItems(JsonElement x, JsonElement y) =>
        x.GetArrayLength() == y.GetArrayLength() && x.EnumerateArray().Zip(y.EnumerateArray()).All(pair => Equals(pair.First, pair.Second));

    private bool SameMembers(JsonElement x, JsonElement y)
    {
        if (x.GetPropertyCount() != y.GetPropertyCount()) return false;
        var members = y.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        return x.EnumerateObject().All(member => members.TryGetValue(member.Name, out var other) && Equals(member.Value, other));
    }
}
