namespace GovernedAgents.Policy.Events;

/// <summary>On stream <c>config</c>: a changed or added Agent, Directory or Environment document is put up for review.</summary>
public sealed record DocumentProposed : DomainEvent
{
    public required string Approval { get; init; }
    public required string DocumentKind { get; init; }
    public required string Name { get; init; }
    public required string Definition { get; init; }
    public required string DefinitionHash { get; init; }
    public required string By { get; init; }
    /// <summary>Hash of the document that it would replace; empty: there is none yet.</summary>
    public required string Running { get; init; }
    /// <summary>Names the versions of the policies whose quorums decide.</summary>
    public required string Reviewers { get; init; }
}

/// <summary>The quorums agreed; the activation follows in the same unit.</summary>
public sealed record DocumentApproved : DomainEvent { public required string Approval { get; init; } }

/// <summary>A proposed document will not come into force.</summary>
public sealed record DocumentProposalEnded : DomainEvent
{
    public required string Approval { get; init; }
    /// <summary><c>denied</c>, <c>expired</c> or <c>voided</c>.</summary>
    public required string State { get; init; }
    public required string Reason { get; init; }
}
