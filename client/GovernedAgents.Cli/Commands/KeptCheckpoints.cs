using System.Text.Json;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Cli.Commands;

/// <summary>Checkpoints as people keep them: the silo's checkpoint folder, the answer of <c>/v1/audit/checkpoints</c>, one checkpoint, an array, or JSON Lines.</summary>
internal static class KeptCheckpoints
{
    /// <exception cref="FormatException">Not checkpoints, or none at all: a proof from nothing would prove nothing.</exception>
    public static IReadOnlyCollection<Checkpoint> Read(string path)
    {
        var files = Directory.Exists(path) ? Directory.GetFiles(path, "checkpoint-*.json") : [path];
        var kept = files.SelectMany(file => Parse(File.ReadAllText(file))).ToList();
        return kept.Count > 0 ? kept : throw new FormatException($"{path} holds no checkpoint");
    }

    /// <summary>The key set of a JWKS file, or of the answer of <c>/v1/audit/checkpoints</c>.</summary>
    public static string Keys(string path)
    {
        var text = File.ReadAllText(path);
        using var document = Document(text);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Object ? keys.GetRawText() : text;
    }

    private static List<Checkpoint> Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Of(document.RootElement);
        }
        catch (JsonException)
        {
            // Several documents: JSON Lines.
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Checkpoint.Parse).ToList();
        }
    }

    private static List<Checkpoint> Of(JsonElement json) => json switch
    {
        { ValueKind: JsonValueKind.Array } => json.EnumerateArray().SelectMany(Of).ToList(),
        { ValueKind: JsonValueKind.Object } when json.TryGetProperty("items", out var items) => Of(items),
        { ValueKind: JsonValueKind.Object } when json.TryGetProperty("checkpoints", out var items) => Of(items),
        _ => [Checkpoint.Parse(json.GetRawText())],
    };

    private static JsonDocument Document(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"the key set is not JSON: {fault.Message}", fault);
        }
    }
}
