namespace GovernedAgents.Policy.Events;

/// <summary>The first record of an approval's stream, written together with the call's.</summary>
public sealed record ReviewRequested : DomainEvent
{
    public required string Approval { get; init; }
    public required string Call { get; init; }
    public required string Session { get; init; }
    public required string Agent { get; init; }
    /// <summary>Owner of the agent (<c>group:…</c> or <c>person:…</c>).</summary>
    public required string AgentOwner { get; init; }
    /// <summary>Person id of the session's starter.</summary>
    public required string Starter { get; init; }
    /// <summary>People who may never vote here: the starter and the starters of the lineage.</summary>
    public required IReadOnlyList<string> Excluded { get; init; }
    public required string Environment { get; init; }
    public required EnvironmentClass Class { get; init; }
    public required int Generation { get; init; }
    public required string ToolSchemaHash { get; init; }
    public required string CallHash { get; init; }
    public required string RenderHash { get; init; }
    public required string PolicyVersion { get; init; }
    public required IReadOnlyList<ReviewRequirement> Requirements { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    /// <summary>Canonical JSON of the card.</summary>
    public required ContentReference Card { get; init; }
    /// <summary>What a proposal would change (<c>policy/production</c>); null: the review is of a call of an agent.</summary>
    public string? Subject { get; init; }
    /// <summary>Of a proposal: canonical JSON of {arguments, nonce}; a call keeps its own.</summary>
    public ContentReference? Content { get; init; }
}

public sealed record VoteCast : DomainEvent
{
    public required Vote Vote { get; init; }
    public required string CallHash { get; init; }
    public required string RenderHash { get; init; }
    public required string PolicyVersion { get; init; }
}

/// <summary>A requirement was not met for as long as its policy allows, and others are told of it; nobody becomes eligible by it.</summary>
public sealed record ReviewEscalated : DomainEvent
{
    public required string RuleId { get; init; }
    /// <summary>Whom it concerns now (<c>group:sre-leads</c>).</summary>
    public required IReadOnlyList<string> To { get; init; }
}

public sealed record QuorumReached : DomainEvent;
public sealed record ReviewDenied : DomainEvent { public required string By { get; init; } public required string Reason { get; init; } }
public sealed record ReviewExpired : DomainEvent;
public sealed record ApprovalVoided : DomainEvent { public required string Reason { get; init; } }
public sealed record ReviewCancelled : DomainEvent { public required string Reason { get; init; } }
