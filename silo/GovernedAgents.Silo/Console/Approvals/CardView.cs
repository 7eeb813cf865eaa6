using System.Text.Json;

namespace GovernedAgents.Silo.Console.Approvals;

/// <summary>The hashed card, as the page lays it out. Its texts already have everything hidden made visible.</summary>
public sealed record CardView
{
    public required string EffectLine { get; init; }
    public IReadOnlyList<Argument> Arguments { get; init; } = [];
    public PreviewView? Preview { get; init; }
    public IReadOnlyList<Reason> Why { get; init; } = [];
    public required WhoView Who { get; init; }
    public string? AgentReason { get; init; }

    public sealed record Argument(string Pointer, string Shown);
    public sealed record PreviewView(string Summary, int Creates, int Updates, int Replaces, int Deletes, IReadOnlyList<string> Items);
    public sealed record Reason(string RuleId, string Text);
    public sealed record WhoView(string Starter, string Agent, IReadOnlyList<string> Lineage);

    /// <summary>Null when the card's content was erased.</summary>
    public static CardView? Read(string json) => json == "{}" ? null : JsonSerializer.Deserialize<CardView>(json, JsonSerializerOptions.Web);
}
