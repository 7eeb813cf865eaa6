using System.Text.Json;
using System.Text.RegularExpressions;

namespace GovernedAgents.Policy.Schemas;

/// <summary>The schemas of a document by pointer and by anchor, and the references that wait for them.</summary>
internal sealed partial class SchemaReferences
{
    private readonly Dictionary<string, SchemaNode> byPointer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaNode> byAnchor = new(StringComparer.Ordinal);
    private readonly List<(JsonPlace Place, string Reference, RefKeyword Keyword)> waiting = [];

    public void Add(string pointer, SchemaNode node) => byPointer[pointer] = node;

    public bool TryAddAnchor(JsonElement anchor, SchemaNode node) =>
        anchor.ValueKind == JsonValueKind.String && AnchorName().IsMatch(anchor.GetString()!) && byAnchor.TryAdd(anchor.GetString()!, node);

    public void Expect(JsonPlace place, string reference, RefKeyword keyword) => waiting.Add((place, reference, keyword));

    /// <summary>Gives each reference its target. Only places that hold schemas are targets: elsewhere nothing was read as one.</summary>
    public void Join(List<string> problems)
    {
        foreach (var (place, reference, keyword) in waiting)
        {
            keyword.Target = Find(reference);
            if (keyword.Target is null)
                problems.Add($"#{place}: the reference {JsonWords.Quote(reference)} leads to no schema of this document; accepted: \"#\", \"#/pointer\" or \"#anchor\" within it");
        }
    }

    private SchemaNode? Find(string reference)
    {
        if (!reference.StartsWith('#')) return null;
        var fragment = Uri.UnescapeDataString(reference[1..]);
        return fragment.Length == 0 || fragment[0] == '/' ? byPointer.GetValueOrDefault(fragment) : byAnchor.GetValueOrDefault(fragment);
    }

    [GeneratedRegex(@"\A[A-Za-z_][-A-Za-z0-9._]*\z")]
    private static partial Regex AnchorName();
}
