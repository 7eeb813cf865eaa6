using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Approvals;

/// <summary>What a reviewer is shown, rendered from the canonical call. Its canonical JSON is hashed as <c>renderHash</c>.</summary>
public static class Card
{
    public sealed record Input
    {
        public required string Environment { get; init; }
        public required EnvironmentClass Class { get; init; }
        public required string Tool { get; init; }
        public required string Action { get; init; }
        public required string Resource { get; init; }
        public required EffectClass Effect { get; init; }
        public required JsonElement Arguments { get; init; }
        public required IReadOnlyList<(string RuleId, string Text)> Why { get; init; }
        public required string Starter { get; init; }
        public required string Agent { get; init; }
        public required IReadOnlyList<string> Lineage { get; init; }
        public string? AgentReason { get; init; }
        public string? PreviewSummary { get; init; }
        public (int Creates, int Updates, int Replaces, int Deletes) Counts { get; init; }
        public IReadOnlyList<string> PreviewItems { get; init; } = [];
    }

    public static JsonObject Render(Input input)
    {
        var effect = input.Effect.ToString().ToLowerInvariant();
        var resource = input.Resource.Length > 0 ? $" on {Visible(input.Resource)}" : "";
        return new JsonObject
        {
            ["effectLine"] = $"{effect}: {Visible(input.Action)}{resource} in {input.Environment} ({input.Class.ToString().ToLowerInvariant()})",
            ["arguments"] = new JsonArray([.. ArgumentsOf(input.Arguments).Select(argument => (JsonNode)new JsonObject { ["pointer"] = argument.Pointer, ["shown"] = argument.Shown })]),
            ["preview"] = input.PreviewSummary is null ? null : new JsonObject
            {
                ["summary"] = Visible(input.PreviewSummary),
                ["creates"] = input.Counts.Creates, ["updates"] = input.Counts.Updates, ["replaces"] = input.Counts.Replaces, ["deletes"] = input.Counts.Deletes,
                ["items"] = new JsonArray([.. input.PreviewItems.Select(item => (JsonNode)Visible(item))]),
            },
            ["why"] = new JsonArray([.. input.Why.Select(why => (JsonNode)new JsonObject { ["ruleId"] = why.RuleId, ["text"] = why.Text })]),
            ["who"] = new JsonObject
            {
                ["starter"] = Visible(input.Starter), ["agent"] = input.Agent, ["lineage"] = new JsonArray([.. input.Lineage.Select(id => (JsonNode)id)]),
            },
            ["agentReason"] = input.AgentReason is null ? null : Visible(input.AgentReason),
        };
    }

    /// <summary>Every value with its JSON pointer, both as they may be shown; none is left out or cut.</summary>
    public static IReadOnlyList<(string Pointer, string Shown)> ArgumentsOf(JsonElement arguments)
    {
        var found = new List<(string, string)>();
        Flatten(arguments, "", found);
        return found;
    }

    private static void Flatten(JsonElement value, string pointer, List<(string, string)> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.EnumerateObject().Any():
                foreach (var member in value.EnumerateObject())
                    Flatten(member.Value, $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", into);
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Flatten(item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index++}"), into);
                break;
            default:
                // Strings keep their quotes so that "true" and true, "" and nothing look different.
                var shown = value.ValueKind == JsonValueKind.String ? $"\"{Visible(value.GetString()!)}\"" : value.GetRawText();
                into.Add((Visible(pointer), shown));
                break;
        }
    }

    /// <inheritdoc cref="VisibleText.Of"/>
    public static string Visible(string text) => VisibleText.Of(text);
}
