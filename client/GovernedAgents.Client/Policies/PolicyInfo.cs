namespace GovernedAgents.Client;

/// <summary>A policy and its versions.</summary>
public sealed record PolicyInfo
{
    public required string Name { get; init; }
    /// <summary>The version in force.</summary>
    public string? Version { get; init; }
    public IReadOnlyList<PolicyVersionInfo> Versions { get; init; } = [];
}

public sealed record PolicyVersionInfo
{
    public required string Name { get; init; }
    public required string Version { get; init; }
    /// <summary><c>simulated</c> (under review), <c>active</c>, <c>superseded</c>, <c>denied</c>, <c>expired</c>, <c>voided</c>.</summary>
    public required string State { get; init; }
    /// <summary>YAML as it was written.</summary>
    public required string Source { get; init; }
    public DateTimeOffset ActivatedAt { get; init; }
    public string? Approval { get; init; }
    public string? By { get; init; }
    public string? Reason { get; init; }
}

/// <summary>What the server says of a source.</summary>
public sealed record PolicyValidation
{
    public required bool Valid { get; init; }
    public string? Name { get; init; }
    public string? Version { get; init; }
    public IReadOnlyList<PolicyFinding> Problems { get; init; } = [];
    public IReadOnlyList<PolicyFinding> Warnings { get; init; } = [];
}

/// <summary>Line and column from 1.</summary>
public sealed record PolicyFinding(int Line, int Column, string Message);

/// <summary>What a candidate would have decided differently about recorded calls.</summary>
public sealed record PolicySimulationInfo
{
    public required string Policy { get; init; }
    public required string Version { get; init; }
    public required int Judged { get; init; }
    public required int Skipped { get; init; }
    public required int Changed { get; init; }
    public IReadOnlyList<SimulatedRule> ByRule { get; init; } = [];
    public IReadOnlyList<SimulatedChange> Changes { get; init; } = [];
}

public sealed record SimulatedRule(string RuleId, int Calls);

public sealed record SimulatedChange
{
    public required string Call { get; init; }
    public required string Environment { get; init; }
    public required string Tool { get; init; }
    public required string Action { get; init; }
    public required EffectClass Effect { get; init; }
    public DateTimeOffset At { get; init; }
    public required SimulatedDecision Before { get; init; }
    public required SimulatedDecision After { get; init; }
}

public sealed record SimulatedDecision(DecisionEffect Effect, IReadOnlyList<string> RuleIds);

/// <summary>A version under review.</summary>
public sealed record ProposedPolicy(string Version, string Approval, string State);
