using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>Reads an object that has exactly the named members: an audit line with one more, one less or one twice is not ours.</summary>
internal static class AuditMembers
{
    public static Dictionary<string, JsonElement> Of(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new FormatException($"Expected an object, found {element.ValueKind}.");
        var members = new Dictionary<string, JsonElement>(names.Length, StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!names.Contains(member.Name)) throw new FormatException($"Unknown member '{member.Name}'.");
            if (!members.TryAdd(member.Name, member.Value)) throw new FormatException($"Member '{member.Name}' stands twice.");
        }

        foreach (var name in names)
            if (!members.ContainsKey(name)) throw new FormatException($"Member '{name}' is missing.");
        return members;
    }
}
