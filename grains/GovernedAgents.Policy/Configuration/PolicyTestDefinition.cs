namespace GovernedAgents.Policy.Configuration;

/// <summary>Examples kept beside a policy: calls and what has to be decided about them. Judges nothing at run time.</summary>
public sealed record PolicyTestDefinition
{
    public required string Name { get; init; }
    /// <summary>Name of the policy that is tested.</summary>
    public required string Policy { get; init; }
    public required IReadOnlyList<PolicyExample> Examples { get; init; }
}

public sealed record PolicyExample
{
    public required string Name { get; init; }
    /// <summary><c>file:line</c>.</summary>
    public required string Place { get; init; }
    public required CallFacts Call { get; init; }
    /// <summary>When it happens; null: at no time of which a freeze would know.</summary>
    public DateTimeOffset? At { get; init; }
    /// <summary>Calls of the same session that started so long before.</summary>
    public IReadOnlyList<(CallFacts Call, TimeSpan Ago)> Earlier { get; init; } = [];
    public required DecisionEffect Decision { get; init; }
    /// <summary>Ids that must be among those of the decision.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];
    /// <summary>Distinct people that must be asked for; null: any number.</summary>
    public int? Approvals { get; init; }
}
