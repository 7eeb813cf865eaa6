using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>Two canonical forms of one document in words, value by value: for people who have to agree to the second.</summary>
public static class DocumentDiff
{
    /// <param name="before">Canonical JSON in force; null: the document is new.</param>
    /// <param name="after">Canonical JSON that would be in force.</param>
    public static IReadOnlyList<string> Of(string? before, string after)
    {
        var changes = new List<string>();
        Compare("", before is null ? null : JsonNode.Parse(before), JsonNode.Parse(after), changes);
        return changes;
    }

    private static void Compare(string at, JsonNode? before, JsonNode? after, List<string> changes)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        switch (before, after)
        {
            case (JsonObject or null, JsonObject now) when at.Length == 0 || before is not null:
                foreach (var name in Names(before as JsonObject).Union(Names(now), StringComparer.Ordinal).Order(StringComparer.Ordinal))
                    Compare(at.Length == 0 ? name : $"{at}.{name}", (before as JsonObject)?[name], now[name], changes);
                break;
            case (JsonArray was, JsonArray now):
                Lists(at, was, now, changes);
                break;
            case (null, _):
                changes.Add($"added: {at} is {Text(after)}.");
                break;
            case (_, null):
                changes.Add($"removed: {at}, which was {Text(before)}.");
                break;
            default:
                changes.Add($"changed: {at} goes from {Text(before)} to {Text(after)}.");
                break;
        }
    }

    /// <summary>Entries with an id or a name are compared with their namesakes; others are there or are not.</summary>
    private static void Lists(string at, JsonArray before, JsonArray after, List<string> changes)
    {
        var (was, now) = (ByName(before), ByName(after));
        foreach (var name in was.Keys.Union(now.Keys, StringComparer.Ordinal))
            Compare($"{at}[{name}]", was.GetValueOrDefault(name), now.GetValueOrDefault(name), changes);
        // The same entries in another order.
        if (was.Keys.Order(StringComparer.Ordinal).SequenceEqual(now.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal) && !was.Keys.SequenceEqual(now.Keys, StringComparer.Ordinal))
            changes.Add($"changed: the order of {at} is now {string.Join(", ", now.Keys)}.");
    }

    private static Dictionary<string, JsonNode?> ByName(JsonArray entries)
    {
        var found = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var name = entry is JsonObject named && (named["id"] ?? named["name"]) is JsonValue value ? value.ToString() : Text(entry);
            var key = name;
            for (var copy = 2; !found.TryAdd(key, entry); copy++) key = $"{name} #{copy}";
        }

        return found;
    }

    private static IEnumerable<string> Names(JsonObject? members) => members?.Select(member => member.Key) ?? [];

    private static string Text(JsonNode? node) => node is null ? "nothing" : DefinitionJson.Canonical(node);
}
