using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Environments;

/// <summary>One call as the fold of its events; the environment holds it while it is open, the read model for good.</summary>
public sealed record OpenCall
{
    public required CallSubmitted Submitted { get; init; }
    public required CallStatus Status { get; init; }
    public Decision Decision { get; init; } = new() { Effect = DecisionEffect.Deny };
    public CallHeld? Held { get; init; }
    public CallApproved? Approved { get; init; }
    public ExecutionStarted? Started { get; init; }
    public ContentReference? Result { get; init; }
    public string? ErrorSlug { get; init; }
    public string? ErrorDetail { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    /// <summary>Seq of the last record about it: grows with each change.</summary>
    public required long Version { get; init; }

    public string Id => Submitted.Call;
    /// <summary>Nothing will change it any more.</summary>
    public bool Ended => Status is not (CallStatus.PendingReview or CallStatus.Approved or CallStatus.Executing or CallStatus.OutcomeUnknown);
    public bool Waiting => Status is CallStatus.PendingReview or CallStatus.Approved;

    /// <summary>When the environment must look at it again though nothing happens; null when it waits for a person alone.</summary>
    /// <remarks>A reader in batches may stand between a decision and the record that follows it in the same unit: then nothing is due yet.</remarks>
    public DateTimeOffset? DueAt => Status switch
    {
        CallStatus.PendingReview => Held?.Deadline,
        CallStatus.Approved => Approved?.NotBefore,
        CallStatus.Executing => Started?.FinishBy,
        _ => null,
    };

    /// <summary>The fold. Null in means: the first event must be <see cref="CallSubmitted"/>.</summary>
    public static OpenCall? Apply(OpenCall? call, CallEvent occurred, DateTimeOffset at, long seq)
    {
        if (occurred is CallSubmitted submitted)
            return new OpenCall { Submitted = submitted, Status = CallStatus.Denied, CreatedAt = at, UpdatedAt = at, Version = seq };
        if (call is null) return null;
        call = call with { UpdatedAt = at, Version = seq };
        return occurred switch
        {
            CallDecided e => call with
            {
                Decision = e.Decision,
                Status = call.Submitted.DryRun ? CallStatus.DryRun : e.Decision.Effect switch
                {
                    DecisionEffect.Allow => CallStatus.Executing,
                    DecisionEffect.Review => CallStatus.PendingReview,
                    _ => CallStatus.Denied,
                },
                ErrorSlug = e.Decision.Effect == DecisionEffect.Deny && !call.Submitted.DryRun ? "denied" : null,
                ErrorDetail = e.Decision.Effect == DecisionEffect.Deny && !call.Submitted.DryRun ? string.Join(" ", e.Decision.Reasons) : null,
            },
            CallHeld e => call with { Held = e, Status = CallStatus.PendingReview },
            CallApproved e => call with { Approved = e, Status = CallStatus.Approved },
            ExecutionStarted e => call with { Started = e, Status = CallStatus.Executing },
            ExecutionFinished e => call with
            {
                Status = e.Succeeded ? CallStatus.Succeeded : CallStatus.Failed, Result = e.Result, ErrorSlug = e.ErrorSlug, ErrorDetail = e.ErrorDetail,
            },
            OutcomeUnknown e => call with { Status = CallStatus.OutcomeUnknown, Result = e.Result, ErrorSlug = e.ErrorSlug, ErrorDetail = e.ErrorDetail },
            OutcomeResolved e => call with
            {
                Status = e.Succeeded ? CallStatus.Succeeded : CallStatus.Failed, ErrorSlug = "resolved-by-person", ErrorDetail = $"{e.By}: {e.Note}",
            },
            CallDenied e => call with { Status = CallStatus.Denied, ErrorSlug = "review-denied", ErrorDetail = e.Detail },
            CallExpired e => call with { Status = CallStatus.Expired, ErrorSlug = "expired", ErrorDetail = e.Detail },
            CallCancelled e => call with { Status = CallStatus.Cancelled, ErrorSlug = "cancelled", ErrorDetail = $"Withdrawn by {e.By}." },
            CallVoided e => call with { Status = CallStatus.Voided, ErrorSlug = "voided", ErrorDetail = e.Reason },
            _ => throw new InvalidOperationException($"No fold for {occurred.GetType().Name}."),
        };
    }
}
