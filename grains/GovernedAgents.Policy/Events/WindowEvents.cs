using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Events;

/// <summary>A started call fits these <c>after</c> patterns: later calls of its session follow it. Carries all that replay needs.</summary>
public sealed record SequenceMarked : DomainEvent
{
    public required string Call { get; init; }
    public required string Session { get; init; }
    public required IReadOnlyList<SequenceMark> Marks { get; init; }
}

/// <summary>What a start left in the limits that several environments share.</summary>
public sealed record SharedLimitsSpent : DomainEvent
{
    public required string Call { get; init; }
    /// <summary>Bucket → level after the start, as <see cref="LimitLevels.ToStored"/> writes it.</summary>
    public required IReadOnlyDictionary<string, string> Levels { get; init; }
}

/// <summary>A decision or outcome that tripwires count.</summary>
public sealed record TripwireCounted : DomainEvent
{
    public required string Call { get; init; }
    public required IReadOnlyList<TripwireCount> Counts { get; init; }
}

/// <summary>A tripwire has tripped; what it does to the session holds here from now on.</summary>
public sealed record TripwireTripped : DomainEvent
{
    public required string Tripwire { get; init; }
    /// <summary>The window that is full; it starts again empty.</summary>
    public required string Key { get; init; }
    public required string Call { get; init; }
    public required string Session { get; init; }
    public required TripwireAction Then { get; init; }
    /// <summary>With <see cref="TripwireAction.DemoteSession"/>: to this tier.</summary>
    public AutonomyTier? Tier { get; init; }
    public required string Reason { get; init; }
}

/// <summary>The session itself has recorded what the tripwire did to it.</summary>
public sealed record TripwireSettled : DomainEvent
{
    public required string Session { get; init; }
}
