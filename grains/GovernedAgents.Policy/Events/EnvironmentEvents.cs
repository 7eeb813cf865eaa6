using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Events;

public sealed record EnvironmentConfigured : DomainEvent
{
    public required int Generation { get; init; }
    /// <summary>Canonical JSON of the environment's definition.</summary>
    public required string Definition { get; init; }
    public required string PolicyVersion { get; init; }
}

public sealed record EnvironmentFrozen : DomainEvent
{
    public required string Id { get; init; }
    public required string Reason { get; init; }
    public required IReadOnlyList<EffectClass> Blocks { get; init; }
    public required string By { get; init; }
}

public sealed record EnvironmentUnfrozen : DomainEvent
{
    public required string Reason { get; init; }
    public required string By { get; init; }
}

/// <summary>The database was found older than the checkpoints outside it: everything open is void, the environment is frozen until an operator lifts it.</summary>
public sealed record IncarnationBegan : DomainEvent
{
    public required int Incarnation { get; init; }
}

public sealed record CallSubmitted : CallEvent
{
    public required string Session { get; init; }
    public required string Agent { get; init; }
    /// <summary>The starter's person id.</summary>
    public required string Starter { get; init; }
    public IReadOnlyList<string> Lineage { get; init; } = [];
    public required string Environment { get; init; }
    public required int Generation { get; init; }
    public required string Tool { get; init; }
    public required string ToolSchemaHash { get; init; }
    public required string Action { get; init; }
    public string Resource { get; init; } = "";
    public required EffectClass Effect { get; init; }
    public required AutonomyTier Tier { get; init; }
    public required string CallHash { get; init; }
    /// <summary>Canonical JSON of {arguments, nonce, reason}.</summary>
    public required ContentReference Content { get; init; }
    public bool DryRun { get; init; }
    /// <summary>W3C <c>traceparent</c> of the submission; absent when it was not traced.</summary>
    public string? Trace { get; init; }
}

public sealed record CallDecided : CallEvent
{
    public required Decision Decision { get; init; }
}

/// <summary>Over a limit at submission: told to the caller, spends nothing, does not use the idempotency key up.</summary>
public sealed record CallThrottled : DomainEvent
{
    public required string Session { get; init; }
    public required string Tool { get; init; }
    public required string Limit { get; init; }
    public required TimeSpan RetryAfter { get; init; }
}

public sealed record CallHeld : CallEvent
{
    public required string Approval { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public required IReadOnlyList<ReviewRequirement> Requirements { get; init; }
    public string? Fingerprint { get; init; }
}

/// <summary>Quorum reached; it waits for its wait timer or for a limit.</summary>
public sealed record CallApproved : CallEvent
{
    /// <summary>Earliest next attempt to start.</summary>
    public required DateTimeOffset NotBefore { get; init; }
    /// <summary>Latest start.</summary>
    public required DateTimeOffset Until { get; init; }
}

public sealed record ExecutionStarted : CallEvent
{
    /// <summary>The request must have been sent by then.</summary>
    public required DateTimeOffset StartBy { get; init; }
    /// <summary>Without an outcome by then (after a crash) the outcome is unknown.</summary>
    public required DateTimeOffset FinishBy { get; init; }
    public IReadOnlyList<LimitSpend> Spends { get; init; } = [];
}

public sealed record ExecutionFinished : CallEvent
{
    public required bool Succeeded { get; init; }
    public ContentReference? Result { get; init; }
    public string? ErrorSlug { get; init; }
    public string? ErrorDetail { get; init; }
}

public sealed record OutcomeUnknown : CallEvent
{
    public required string ErrorSlug { get; init; }
    public required string ErrorDetail { get; init; }
    public ContentReference? Result { get; init; }
}

public sealed record OutcomeResolved : CallEvent
{
    public required bool Succeeded { get; init; }
    public required string Note { get; init; }
    public required string By { get; init; }
}

/// <summary>Peers denied it.</summary>
public sealed record CallDenied : CallEvent
{
    public required string Detail { get; init; }
}

public sealed record CallExpired : CallEvent
{
    public required string Detail { get; init; }
}

public sealed record CallCancelled : CallEvent
{
    public required string By { get; init; }
}

/// <summary>Something changed before the start.</summary>
public sealed record CallVoided : CallEvent
{
    public required string Reason { get; init; }
}
