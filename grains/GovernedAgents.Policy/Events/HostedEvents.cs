namespace GovernedAgents.Policy.Events;

/// <summary>What a hosted session may use, with all below it. Its time is the session's.</summary>
public sealed record SessionBudget
{
    public required int Steps { get; init; }
    public required long Tokens { get; init; }
}

/// <summary>A session (this one, or one below it) takes its next step from this session's budget, before its model is asked.</summary>
public sealed record BudgetDrawn : DomainEvent
{
    /// <summary>The session below that takes it; null: this one.</summary>
    public string? Session { get; init; }
    /// <summary>From 1, counted by the session that takes it.</summary>
    public required int Step { get; init; }
    /// <summary>What that session's model has used in all until now.</summary>
    public required long Tokens { get; init; }
}

public sealed record ModelReplied : DomainEvent
{
    public required int Step { get; init; }
    public required ContentReference Content { get; init; }
    /// <summary>How many calls the reply asks for; 0: the agent has finished.</summary>
    public required int Calls { get; init; }
    public required long Tokens { get; init; }
}

/// <summary>The model could not be asked; the step is used up.</summary>
public sealed record ModelFailed : DomainEvent
{
    public required int Step { get; init; }
    public required string Detail { get; init; }
}

/// <summary>What the model is told of one call that its reply asked for.</summary>
public sealed record ToolAnswered : DomainEvent
{
    public required int Step { get; init; }
    public required int Index { get; init; }
    public required ContentReference Content { get; init; }
    /// <summary>The governed call, or null: it never became one.</summary>
    public string? Call { get; init; }
    /// <summary>The session below that it started.</summary>
    public string? Child { get; init; }
}
