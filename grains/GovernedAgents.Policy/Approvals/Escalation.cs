using Orleans;

namespace GovernedAgents.Policy.Approvals;

/// <summary>Who was told that a requirement waits, and when.</summary>
[GenerateSerializer, Immutable, Alias("ga.Escalation")]
public sealed record Escalation
{
    [Id(0)] public required string RuleId { get; init; }
    [Id(1)] public IReadOnlyList<string> To { get; init; } = [];
    [Id(2)] public required DateTimeOffset At { get; init; }
}
