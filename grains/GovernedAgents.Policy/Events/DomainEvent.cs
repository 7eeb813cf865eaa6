namespace GovernedAgents.Policy.Events;

/// <summary>Something that happened, as the journal keeps it. The record's kind is the type's name; members are camelCase JSON and are never renamed.</summary>
public abstract record DomainEvent;

/// <summary>An event of one call, on the stream of its environment.</summary>
public abstract record CallEvent : DomainEvent
{
    public required string Call { get; init; }
}

/// <summary>Where bytes lie in the content table, and the salted commitment to them.</summary>
public sealed record ContentReference(string Id, string Commitment);
