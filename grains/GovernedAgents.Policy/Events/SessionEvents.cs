namespace GovernedAgents.Policy.Events;

public sealed record SessionStarted : DomainEvent
{
    public required string Agent { get; init; }
    public required string Issuer { get; init; }
    public required string Subject { get; init; }
    public string? Name { get; init; }
    /// <summary>The starter's groups when it started (the token's, or the Directory's).</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
    /// <summary>The starter's person id.</summary>
    public required string Person { get; init; }
    public string? Parent { get; init; }
    /// <summary>Ancestors, root first.</summary>
    public IReadOnlyList<string> Lineage { get; init; } = [];
    public required AutonomyTier Tier { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public required DateTimeOffset ExpiresAt { get; init; }
    public required ContentReference Goal { get; init; }
    public required string RequestHash { get; init; }
    /// <summary>Set: the silo runs the session itself, within this.</summary>
    public SessionBudget? Budget { get; init; }
}

public sealed record SessionPaused : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record SessionResumed : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record SessionQuarantined : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record SessionEnded : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record SessionTierChanged : DomainEvent
{
    public required AutonomyTier Tier { get; init; }
    public required string Reason { get; init; }
    public required string By { get; init; }
}
