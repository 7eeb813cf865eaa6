using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Events;

/// <summary>On stream <c>limit/&lt;bucket&gt;</c>: a silo was given starts of a limit that several environments share.</summary>
public sealed record LimitLeased : DomainEvent
{
    /// <summary>One silo's hold on this bucket; a new one after each lease that has run out.</summary>
    public required string Holder { get; init; }
    public required int Starts { get; init; }
    /// <summary>The whole bucket after it, so that replay does not need the policy of that time.</summary>
    public required LimitShares After { get; init; }
}

/// <summary>What was spent or came back, and leases that are over.</summary>
public sealed record LimitSettled : DomainEvent
{
    public required LimitShares After { get; init; }
}
