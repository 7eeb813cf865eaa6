namespace GovernedAgents.Client;

/// <summary>One run of an agent on behalf of its starter.</summary>
public sealed record SessionInfo
{
    public required string Id { get; init; }
    public required string Agent { get; init; }
    public string? Starter { get; init; }
    public string? Parent { get; init; }
    /// <summary>Ancestors, root first.</summary>
    public IReadOnlyList<string> Lineage { get; init; } = [];
    public string Goal { get; init; } = "";
    public required SessionState State { get; init; }
    public AutonomyTier Tier { get; init; }
    /// <summary>By environment: the smallest tier that applies there.</summary>
    public IReadOnlyDictionary<string, AutonomyTier> EffectiveTier { get; init; } = new Dictionary<string, AutonomyTier>();
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <summary>How many calls it has submitted.</summary>
    public int Calls { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The one member of the answer to a start that is kept apart, so that nothing can print it by accident.</summary>
internal sealed record SessionToken
{
    public string? Token { get; init; }
}
