using System.Text.Json;

namespace GovernedAgents.Client;

/// <summary>The review of one call.</summary>
public sealed record ApprovalInfo
{
    public required string Id { get; init; }
    public required ApprovalState State { get; init; }
    public required CallInfo Call { get; init; }
    public EnvironmentClass EnvironmentClass { get; init; }
    public long EnvironmentGeneration { get; init; }
    public string? ToolSchemaHash { get; init; }
    public string? Nonce { get; init; }
    public ApprovalCard Card { get; init; } = new();
    public IReadOnlyList<RequirementInfo> Requirements { get; init; } = [];
    public IReadOnlyList<VoteInfo> Votes { get; init; } = [];
    public required string CallHash { get; init; }
    public required string RenderHash { get; init; }
    public required string PolicyVersion { get; init; }
    public DateTimeOffset Deadline { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a reviewer judges, rendered by the server from the canonical call.</summary>
public sealed record ApprovalCard
{
    public string EffectLine { get; init; } = "";
    public IReadOnlyList<ShownArgument> Arguments { get; init; } = [];
    public CardPreview? Preview { get; init; }
    public IReadOnlyList<CardReason> Why { get; init; } = [];
    public CardWho? Who { get; init; }
    /// <summary>The agent's own words: untrusted.</summary>
    public string? AgentReason { get; init; }
}

/// <param name="Pointer">JSON pointer into the arguments.</param>
public sealed record ShownArgument(string Pointer, string Shown);

/// <summary>What the call would change.</summary>
public sealed record CardPreview
{
    public string Summary { get; init; } = "";
    public int Creates { get; init; }
    public int Updates { get; init; }
    public int Replaces { get; init; }
    public int Deletes { get; init; }
    public IReadOnlyList<JsonElement> Items { get; init; } = [];
}

/// <summary>A rule that asked for the review, in words.</summary>
public sealed record CardReason(string RuleId, string Text);

/// <summary>Who stands behind the call.</summary>
public sealed record CardWho
{
    public string Starter { get; init; } = "";
    public string Agent { get; init; } = "";
    public IReadOnlyList<JsonElement> Lineage { get; init; } = [];
}

/// <summary>What one rule demands and how far it is met.</summary>
public sealed record RequirementInfo
{
    public string RuleId { get; init; } = "";
    public IReadOnlyList<QuorumProgress> Quorum { get; init; } = [];
    /// <summary>Denials that end the review.</summary>
    public int Denials { get; init; }
    public int Denied { get; init; }
    public TimeSpan? WaitTimer { get; init; }
    public TimeSpan? StepUp { get; init; }
}

/// <summary>A counted vote.</summary>
public sealed record VoteInfo
{
    public string Person { get; init; } = "";
    public VoteDecision Decision { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset At { get; init; }
}
