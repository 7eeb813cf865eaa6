using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Policy.Configuration;

/// <summary>
/// The canonical JSON of a definition has the shape of its YAML document, defaults written out, durations in seconds, single values as lists,
/// so that one reader serves both and no difference of spelling changes a version.
/// </summary>
internal static class DefinitionJson
{
    public const string ApiVersion = "governedagents/v1";

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<string, T> ByName = Enum.GetNames<T>().ToDictionary(
            n => typeof(T).GetField(n)!.GetCustomAttributes(typeof(JsonStringEnumMemberNameAttribute), false)
                .Cast<JsonStringEnumMemberNameAttribute>().FirstOrDefault()?.Name ?? n,
            Enum.Parse<T>, StringComparer.Ordinal);

        public static readonly Dictionary<T, string> ByValue = ByName.ToDictionary(p => p.Value, p => p.Key);
    }

    public static string Name<T>(T value) where T : struct, Enum => Names<T>.ByValue[value];

    public static IReadOnlyDictionary<string, T> ByName<T>() where T : struct, Enum => Names<T>.ByName;

    public static JsonArray List(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v))]);

    public static string HashOf(string canonicalJson) => Sha256Hash.Of(Encoding.UTF8.GetBytes(canonicalJson));

    public static string Write(string kind, string name, IReadOnlyDictionary<string, string>? labels, JsonObject spec)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (labels is not null) metadata["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        var document = new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };
        return Canonical(document);
    }

    public static string Canonical(JsonNode node) => Encoding.UTF8.GetString(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(node)));

    public static T Read<T>(string json, string kind, Func<DocumentHeader, ProblemList, T?> read) where T : class
    {
        var problems = new ProblemList(kind);
        T? definition = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (DocumentHeader.Read(ConfigNode.FromJson(document.RootElement), problems) is { } header)
            {
                if (header.Kind != kind) throw new FormatException($"The document is a '{header.Kind}', not a '{kind}'.");
                definition = read(header, problems);
            }
        }
        catch (JsonException fault)
        {
            throw new FormatException($"The canonical form of a {kind} is not JSON.", fault);
        }

        if (definition is null || problems.Count > 0)
            throw new FormatException($"The canonical form of a {kind} is not valid: {string.Join(" ", problems.Take(5).Select(p => p.Message))}");
        return definition;
    }
}
