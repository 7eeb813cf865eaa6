using System.Text.Json;

namespace GovernedAgents.Policy.Schemas;

/// <summary>Turns a sound schema document into nodes: reads every schema in it, then joins the references, then proves that they end.</summary>
internal sealed class SchemaCompilation
{
    private readonly SchemaReferences references = new();
    private readonly List<SchemaNode> nodes = [];
    private bool isDraft07;

    public SchemaCompilation(JsonElement document)
    {
        ReadDialect(document);
        Root = Schema(document, JsonPlace.Root);
        references.Join(Problems);
        if (Problems.Count == 0 && InPlaceLoops.Find(nodes) is { } loop) Problems.Add(loop);
    }

    public SchemaNode Root { get; }

    public List<string> Problems { get; } = [];

    public void Problem(JsonPlace place, string detail) => Problems.Add($"#{place}: {detail}");

    /// <summary>Reads the schema that stands at a place.</summary>
    public SchemaNode Schema(JsonElement schema, JsonPlace place)
    {
        var pointer = place.ToString();
        var node = new SchemaNode("#" + pointer) { AcceptsNothing = schema.ValueKind == JsonValueKind.False };
        nodes.Add(node);
        references.Add(pointer, node);
        if (schema.ValueKind == JsonValueKind.Object)
        {
            CheckNames(schema, place);
            ReadReferences(schema, place, node);
            new KeywordReader(this, schema, place, node.Keywords).ReadAll();
        }
        else if (schema.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Problem(place, $"read {JsonWords.Quote(schema)}; accepted: a schema (an object, true or false)");
        return node;
    }

    private void ReadDialect(JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty("$schema", out var dialect)) return;
        var name = dialect.ValueKind == JsonValueKind.String ? dialect.GetString()!.TrimEnd('#') : "";
        isDraft07 = name == SchemaVocabulary.Draft07;
        if (!isDraft07 && name != SchemaVocabulary.Draft202012)
            Problem(JsonPlace.Root.Member("$schema"), $"the dialect {JsonWords.Quote(dialect)} is not supported; accepted: {SchemaVocabulary.Draft202012}");
    }

    private void CheckNames(JsonElement schema, JsonPlace place)
    {
        foreach (var member in schema.EnumerateObject())
        {
            var keyword = place.Member(member.Name);
            if (SchemaVocabulary.IsAnnotation(member.Name)) continue;
            if (!SchemaVocabulary.Checked.Contains(member.Name))
                Problem(keyword, $"the keyword {JsonWords.Quote(member.Name)} is not supported; remove it or say it in keywords that are");
            else if (isDraft07 && SchemaVocabulary.UnknownToDraft07.Contains(member.Name))
                Problem(keyword, $"the keyword {JsonWords.Quote(member.Name)} means nothing in draft-07; declare the dialect {SchemaVocabulary.Draft202012}");
            else if (member.Name is "$schema" or "$id" && place != JsonPlace.Root)
                Problem(keyword, $"{member.Name} below the root of the schema is not supported; remove it");
        }
    }

    private void ReadReferences(JsonElement schema, JsonPlace place, SchemaNode node)
    {
        if (schema.TryGetProperty("$id", out var id) && (id.ValueKind != JsonValueKind.String || id.GetString()!.TrimEnd('#').Contains('#', StringComparison.Ordinal)))
            Problem(place.Member("$id"), $"read {JsonWords.Quote(id)}; accepted: a URI without a fragment");
        if (schema.TryGetProperty("$anchor", out var anchor) && !references.TryAddAnchor(anchor, node))
            Problem(place.Member("$anchor"), $"read {JsonWords.Quote(anchor)}; accepted: a name of letters, digits, \"-\", \"_\" and \".\" that no other schema of the document has");
        if (!schema.TryGetProperty("$ref", out var reference)) return;
        var keyword = place.Member("$ref");
        if (isDraft07 && schema.EnumerateObject().FirstOrDefault(member => IsLostBesideRef(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } lost)
            Problem(keyword, $"draft-07 ignores {JsonWords.Quote(lost.Name)} beside $ref; declare the dialect {SchemaVocabulary.Draft202012} or move it");
        if (reference.ValueKind != JsonValueKind.String)
        {
            Problem(keyword, $"read {JsonWords.Quote(reference)}; accepted: a reference as a string");
            return;
        }

        var target = new RefKeyword();
        node.Keywords.Add(target);
        references.Expect(keyword, reference.GetString()!, target);
    }

    private static bool IsLostBesideRef(string keyword) =>
        keyword is not ("$ref" or "$schema" or "$id" or "$defs" or "definitions") && !SchemaVocabulary.IsAnnotation(keyword);
}
