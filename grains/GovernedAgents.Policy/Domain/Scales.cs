using System.Text.Json.Serialization;

namespace GovernedAgents.Policy;

/// <summary>What a call can do to the world, from harmless to final. The order is the scale: a later member is never weaker.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EffectClass>))]
public enum EffectClass
{
    [JsonStringEnumMemberName("read")] Read,
    /// <summary>Reversible.</summary>
    [JsonStringEnumMemberName("mutate")] Mutate,
    /// <summary>Grants rights or hands out credentials.</summary>
    [JsonStringEnumMemberName("privilege")] Privilege,
    /// <summary>Deletes, replaces, cannot be undone, or is not known.</summary>
    [JsonStringEnumMemberName("destroy")] Destroy,
}

[JsonConverter(typeof(JsonStringEnumConverter<EnvironmentClass>))]
public enum EnvironmentClass
{
    [JsonStringEnumMemberName("sandbox")] Sandbox,
    [JsonStringEnumMemberName("development")] Development,
    [JsonStringEnumMemberName("staging")] Staging,
    [JsonStringEnumMemberName("production")] Production,
}

/// <summary>How far an agent may go alone. The order is the scale; the effective tier is the smallest that applies.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AutonomyTier>))]
public enum AutonomyTier
{
    [JsonStringEnumMemberName("observe")] Observe,
    [JsonStringEnumMemberName("propose")] Propose,
    [JsonStringEnumMemberName("supervised")] Supervised,
    [JsonStringEnumMemberName("autonomous")] Autonomous,
}

/// <summary>Ordered by strictness: the strictest of what applies wins.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DecisionEffect>))]
public enum DecisionEffect
{
    [JsonStringEnumMemberName("allow")] Allow,
    [JsonStringEnumMemberName("review")] Review,
    [JsonStringEnumMemberName("deny")] Deny,
    /// <summary>Over a limit; never written in a policy.</summary>
    [JsonStringEnumMemberName("throttle")] Throttle,
}

[JsonConverter(typeof(JsonStringEnumConverter<SessionStatus>))]
public enum SessionStatus
{
    [JsonStringEnumMemberName("active")] Active,
    [JsonStringEnumMemberName("paused")] Paused,
    [JsonStringEnumMemberName("quarantined")] Quarantined,
    [JsonStringEnumMemberName("ended")] Ended,
}

[JsonConverter(typeof(JsonStringEnumConverter<CallStatus>))]
public enum CallStatus
{
    [JsonStringEnumMemberName("pending_review")] PendingReview,
    [JsonStringEnumMemberName("approved")] Approved,
    [JsonStringEnumMemberName("executing")] Executing,
    [JsonStringEnumMemberName("succeeded")] Succeeded,
    [JsonStringEnumMemberName("failed")] Failed,
    [JsonStringEnumMemberName("outcome_unknown")] OutcomeUnknown,
    [JsonStringEnumMemberName("denied")] Denied,
    [JsonStringEnumMemberName("throttled")] Throttled,
    [JsonStringEnumMemberName("expired")] Expired,
    [JsonStringEnumMemberName("cancelled")] Cancelled,
    [JsonStringEnumMemberName("voided")] Voided,
    [JsonStringEnumMemberName("dry_run")] DryRun,
}

[JsonConverter(typeof(JsonStringEnumConverter<ApprovalStatus>))]
public enum ApprovalStatus
{
    [JsonStringEnumMemberName("pending")] Pending,
    [JsonStringEnumMemberName("approved")] Approved,
    [JsonStringEnumMemberName("denied")] Denied,
    [JsonStringEnumMemberName("expired")] Expired,
    [JsonStringEnumMemberName("voided")] Voided,
    [JsonStringEnumMemberName("cancelled")] Cancelled,
}

[JsonConverter(typeof(JsonStringEnumConverter<VoteDecision>))]
public enum VoteDecision
{
    [JsonStringEnumMemberName("approve")] Approve,
    [JsonStringEnumMemberName("deny")] Deny,
}
