using System.Text.Json;

namespace GovernedAgents.Client;

/// <summary>One call as the API shows it.</summary>
public sealed record CallInfo
{
    public required string Id { get; init; }
    public required string Session { get; init; }
    public string Agent { get; init; } = "";
    public required string Environment { get; init; }
    public required string Tool { get; init; }
    /// <summary>In the connector's terms: <c>aws:cloudformation:DeleteStack</c>.</summary>
    public string? Action { get; init; }
    public string? Resource { get; init; }
    /// <summary>Null once the content was erased.</summary>
    public JsonElement? Arguments { get; init; }
    public required CallState State { get; init; }
    public EffectClass Effect { get; init; }
    public string? CallHash { get; init; }
    public CallDecision? Decision { get; init; }
    public CallReview? Approval { get; init; }
    /// <summary>The tool's answer, cut at 1 MiB.</summary>
    public JsonElement? Result { get; init; }
    public CallFault? Error { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>The agent's own words: untrusted.</summary>
    public string? Reason { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What was decided and by which rules.</summary>
public sealed record CallDecision
{
    public required DecisionEffect Effect { get; init; }
    public IReadOnlyList<string> RuleIds { get; init; } = [];
    public IReadOnlyList<string> Reasons { get; init; } = [];
    public string? PolicyVersion { get; init; }
}

/// <summary>The review that a call waits for.</summary>
public sealed record CallReview
{
    public required string Id { get; init; }
    public string? Url { get; init; }
    public ApprovalState State { get; init; }
    public IReadOnlyList<QuorumProgress> Needed { get; init; } = [];
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>One place in a quorum and how far it is filled.</summary>
public sealed record QuorumProgress
{
    /// <summary><c>group:sre</c>, <c>person:alice</c>.</summary>
    public IReadOnlyList<string> From { get; init; } = [];
    public int Approvals { get; init; }
    public int Have { get; init; }
}

/// <summary>Why a call ended without success.</summary>
public sealed record CallFault
{
    public string Slug { get; init; } = "";
    public string Detail { get; init; } = "";
}
