using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Calls;

public sealed record SubmitCallRequest
{
    [Length(1, 253)] public required string Environment { get; init; }
    [Length(1, 253)] public required string Tool { get; init; }
    public required JsonElement Arguments { get; init; }
    [Length(0, 2000)] public string? Reason { get; init; }
    public bool? DryRun { get; init; }
}

public enum ResolvedOutcome
{
    [System.Text.Json.Serialization.JsonStringEnumMemberName("succeeded")] Succeeded,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("failed")] Failed,
}

public sealed record ResolveCallRequest
{
    [System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ResolvedOutcome>))]
    public required ResolvedOutcome Outcome { get; init; }
    [Length(1, 2000)] public required string Note { get; init; }
}

/// <summary>A call as the API answers it.</summary>
public sealed record CallBody
{
    public required string Id { get; init; }
    public required string Session { get; init; }
    public required string Agent { get; init; }
    public required string Environment { get; init; }
    public required string Tool { get; init; }
    public string? Action { get; init; }
    public string? Resource { get; init; }
    public RawJson? Arguments { get; init; }
    public string? Reason { get; init; }
    public required CallStatus State { get; init; }
    public required EffectClass Effect { get; init; }
    public required string CallHash { get; init; }
    public required DecisionBody Decision { get; init; }
    public CallApprovalBody? Approval { get; init; }
    public RawJson? Result { get; init; }
    public CallError? Error { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <param name="addresses">Makes the approval's address.</param>
    public static CallBody Of(CallSnapshot call, Addresses addresses) => new()
    {
        Id = call.Id,
        Session = call.Session,
        Agent = call.Agent,
        Environment = call.Environment,
        Tool = call.Tool,
        Action = call.Action,
        Resource = call.Resource,
        Arguments = RawJson.From(call.ArgumentsJson),
        Reason = call.Reason,
        State = call.State,
        Effect = call.Effect,
        CallHash = call.CallHash,
        Decision = new() { Effect = call.Decision.Effect, RuleIds = call.Decision.RuleIds, Reasons = call.Decision.Reasons, PolicyVersion = call.Decision.PolicyVersion },
        Approval = call.Approval is { } approval
            ? new() { Id = approval.Id, Url = addresses.OfApproval(approval.Id), State = approval.State, Needed = approval.Needed, Deadline = approval.Deadline }
            : null,
        Result = RawJson.From(call.ResultJson),
        Error = call.Error,
        RetryAfter = call.RetryAfter,
        CreatedAt = call.CreatedAt,
        UpdatedAt = call.UpdatedAt,
    };
}

public sealed record DecisionBody
{
    public required DecisionEffect Effect { get; init; }
    public required IReadOnlyList<string> RuleIds { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }
    public required string PolicyVersion { get; init; }
}

public sealed record CallApprovalBody
{
    public required string Id { get; init; }
    public required string Url { get; init; }
    public required ApprovalStatus State { get; init; }
    public required IReadOnlyList<SlotProgress> Needed { get; init; }
    public required DateTimeOffset Deadline { get; init; }
}
