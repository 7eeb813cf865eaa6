using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Environments;

namespace GovernedAgents.Grains.Environments;

/// <summary>The submitted bytes behind a call: canonical arguments, the nonce of its hash, the agent's reason.</summary>
internal sealed record CallContent(string ArgumentsJson, string Nonce, string? Reason)
{
    public byte[] ToBytes()
    {
        // Already canonical: the members stand in order and the arguments are canonical.
        var reason = Reason is null ? "" : $",\"reason\":{JsonSerializer.Serialize(Reason, Policy.Events.EventCodec.Json)}";
        return Policy.Canonical.CanonicalJson.Canonicalize(System.Text.Encoding.UTF8.GetBytes($"{{\"arguments\":{ArgumentsJson},\"nonce\":\"{Nonce}\"{reason}}}"));
    }

    public static CallContent Parse(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var root = document.RootElement;
        return new CallContent(root.GetProperty("arguments").GetRawText(), root.GetProperty("nonce").GetString()!, root.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }
}

/// <summary>Calls as the API shows them.</summary>
internal static class CallViews
{
    public static CallSnapshot Of(OpenCall call, string? argumentsJson, string? reason, string? resultJson) => new()
    {
        Id = call.Id, Session = call.Submitted.Session, Agent = call.Submitted.Agent, Environment = call.Submitted.Environment, Tool = call.Submitted.Tool,
        Action = call.Submitted.Action, Resource = call.Submitted.Resource, ArgumentsJson = argumentsJson, State = call.Status, Effect = call.Submitted.Effect,
        CallHash = call.Submitted.CallHash, Decision = call.Decision, ResultJson = resultJson, Reason = reason, ContentId = call.Submitted.Content.Id,
        Approval = call.Held is { } held
            ? new CallApproval
            {
                Id = held.Approval, Deadline = held.Deadline, State = StateOf(call.Status),
                Needed = [.. held.Requirements.SelectMany(requirement => requirement.Quorum).Select(slot => new SlotProgress { From = slot.From, Approvals = slot.Approvals, Have = 0 })],
            }
            : null,
        Error = call.ErrorSlug is { } slug ? new CallError(slug, call.ErrorDetail ?? "") : null,
        CreatedAt = call.CreatedAt, UpdatedAt = call.UpdatedAt, Version = call.Version, Starter = call.Submitted.Starter,
    };

    /// <summary>With its contents from the content table; erased ones are absent.</summary>
    public static async Task<CallSnapshot> ReadAsync(OpenCall call, IJournal journal, CancellationToken cancellation = default)
    {
        var content = await journal.ReadContentAsync(call.Submitted.Content.Id, cancellation) is { } bytes ? CallContent.Parse(bytes) : null;
        var result = call.Result is { } reference ? await journal.ReadContentAsync(reference.Id, cancellation) : null;
        return Of(call, content?.ArgumentsJson, content?.Reason, result is { } json ? System.Text.Encoding.UTF8.GetString(json.Span) : null);
    }

    /// <summary>What a submission of this call is answered: a denied one is a refusal each time it is asked for.</summary>
    public static Answer<CallSnapshot> AsAnswer(CallSnapshot call) => call.State == CallStatus.Denied
        ? new Refusal
        {
            Slug = "denied", CallId = call.Id, RuleIds = call.Decision.RuleIds, PolicyVersion = call.Decision.PolicyVersion,
            Detail = call.Error?.Detail is { Length: > 0 } detail ? detail : string.Join(" ", call.Decision.Reasons),
        }
        : call;

    private static ApprovalStatus StateOf(CallStatus status) => status switch
    {
        CallStatus.PendingReview => ApprovalStatus.Pending,
        CallStatus.Denied => ApprovalStatus.Denied,
        CallStatus.Expired => ApprovalStatus.Expired,
        CallStatus.Voided => ApprovalStatus.Voided,
        CallStatus.Cancelled => ApprovalStatus.Cancelled,
        _ => ApprovalStatus.Approved,
    };
}
