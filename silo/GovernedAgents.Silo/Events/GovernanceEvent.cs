using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Events;

/// <summary>That something has changed, and for whom: what it is now is asked of the resource itself.</summary>
public sealed record GovernanceEvent
{
    /// <summary>Position of the record that tells of it: the event's id.</summary>
    public required long Pos { get; init; }
    public required string Type { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? Environment { get; init; }
    public string? Session { get; init; }
    public string? Call { get; init; }
    public string? Approval { get; init; }
    /// <summary>Person id of the session's starter. Not told.</summary>
    public string? Starter { get; init; }
    /// <summary>Places in the call's review. Not told.</summary>
    public IReadOnlyList<QuorumSlot> Slots { get; init; } = [];

    /// <summary>What it is about: of several in one batch only the newest is told.</summary>
    public (string, string?) Subject => (Type, Approval is not null && Type[0] == 'a' ? Approval : Call ?? Session ?? Environment);
}

/// <summary>An event as the API sends it.</summary>
public sealed record EventBody
{
    public required string Type { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? Environment { get; init; }
    public string? Session { get; init; }
    public string? Call { get; init; }
    public string? Approval { get; init; }

    public static EventBody Of(GovernanceEvent occurred) => new()
    {
        Type = occurred.Type, At = occurred.At, Environment = occurred.Environment, Session = occurred.Session, Call = occurred.Call, Approval = occurred.Approval,
    };
}
