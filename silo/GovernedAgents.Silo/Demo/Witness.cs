using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Demo;

/// <summary>The tool server's own journal of effects and its state: what really happened, whatever anybody answered.</summary>
internal sealed class Witness(string cloud)
{
    public const string Production = "cost-explorer-cn-prod";

    public IReadOnlyList<(string Tool, string? CallId)> Effects()
    {
        var path = Path.Combine(cloud, "effects.jsonl");
        if (!File.Exists(path)) return [];
        return [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!).Select(effect => ((string)effect["tool"]!, (string?)effect["callId"]))];
    }

    public int Count(string tool) => Effects().Count(effect => effect.Tool == tool);

    public bool HasRun(string callId) => Effects().Any(effect => effect.CallId == callId);
}
