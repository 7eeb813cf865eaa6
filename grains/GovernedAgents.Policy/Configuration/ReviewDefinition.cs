using System.Text.Json.Nodes;

namespace GovernedAgents.Policy.Configuration;

/// <summary>A <c>review</c> block; what it leaves out comes from the policy's default, then from <see cref="ReviewRequirement"/>.</summary>
public sealed record ReviewDefinition
{
    public IReadOnlyList<QuorumSlot>? Quorum { get; init; }
    public int? Denials { get; init; }
    public TimeSpan? ExpiresAfter { get; init; }
    public TimeSpan? WaitTimer { get; init; }
    public TimeSpan? StepUp { get; init; }
    public TimeSpan? EscalateAfter { get; init; }
    public IReadOnlyList<string>? EscalateTo { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Quorum is not null)
            json["quorum"] = new JsonArray([.. Quorum.Select(s => new JsonObject { ["from"] = DefinitionJson.List(s.From), ["approvals"] = s.Approvals })]);
        if (Denials is { } denials) json["denials"] = denials;
        if (ExpiresAfter is { } expires) json["expiresAfter"] = Durations.Write(expires);
        if (WaitTimer is { } wait) json["waitTimer"] = Durations.Write(wait);
        if (StepUp is { } stepUp) json["stepUp"] = Durations.Write(stepUp);
        if (EscalateAfter is { } after) json["escalate"] = new JsonObject { ["after"] = Durations.Write(after), ["to"] = DefinitionJson.List(EscalateTo ?? []) };
        return json;
    }
}
