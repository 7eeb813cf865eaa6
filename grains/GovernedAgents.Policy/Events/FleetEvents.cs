namespace GovernedAgents.Policy.Events;

public sealed record FleetHalted : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record FleetResumed : DomainEvent { public required string Reason { get; init; } public required string By { get; init; } }
public sealed record AgentKilled : DomainEvent { public required string Agent { get; init; } public required string Reason { get; init; } public required string By { get; init; } }
public sealed record AgentRevived : DomainEvent { public required string Agent { get; init; } public required string Reason { get; init; } public required string By { get; init; } }
/// <summary>The database was behind its outside checkpoints at start.</summary>
public sealed record RestoreDetected : DomainEvent { public required int Incarnation { get; init; } public required string Detail { get; init; } }

/// <summary>On stream <c>config</c>: an Agent, Directory or Environment document is in force.</summary>
public sealed record DocumentActivated : DomainEvent
{
    public required string DocumentKind { get; init; }
    public required string Name { get; init; }
    public required int Version { get; init; }
    public required string Definition { get; init; }
    public required string DefinitionHash { get; init; }
}

/// <summary>On stream <c>config</c>: somebody stands by these schemas of a tool source.</summary>
public sealed record ToolsAccepted : DomainEvent
{
    public required string Environment { get; init; }
    public required string Source { get; init; }
    /// <summary>Tool, without prefix → schema hash.</summary>
    public required IReadOnlyDictionary<string, string> Hashes { get; init; }
    /// <summary>Person id, or <c>first-listing</c>.</summary>
    public required string By { get; init; }
}

/// <summary>On stream <c>policy/&lt;name&gt;</c>.</summary>
public sealed record PolicyActivated : DomainEvent
{
    public required string Version { get; init; }
    public required string Definition { get; init; }
    public required string Source { get; init; }
    public required string By { get; init; }
}

/// <summary>A version of a policy is put up for the review of the version that runs.</summary>
public sealed record PolicyProposed : DomainEvent
{
    public required string Approval { get; init; }
    public required string Version { get; init; }
    public required string Definition { get; init; }
    public required string Source { get; init; }
    /// <summary>Person id, or <c>file</c>.</summary>
    public required string By { get; init; }
    /// <summary>The version whose quorum decides.</summary>
    public required string Running { get; init; }
}

/// <summary>What a proposed version would have decided differently.</summary>
public sealed record PolicySimulated : DomainEvent
{
    public required string Approval { get; init; }
    public required int Judged { get; init; }
    public required int Changed { get; init; }
}

/// <summary>The quorum agreed; the activation follows in the same unit.</summary>
public sealed record PolicyApproved : DomainEvent { public required string Approval { get; init; } }

/// <summary>A proposed version will not be activated.</summary>
public sealed record PolicyProposalEnded : DomainEvent
{
    public required string Approval { get; init; }
    /// <summary><c>denied</c>, <c>expired</c> or <c>voided</c>.</summary>
    public required string State { get; init; }
    public required string Reason { get; init; }
}
