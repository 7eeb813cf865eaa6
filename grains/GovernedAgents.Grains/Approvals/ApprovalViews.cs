using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Approvals;

/// <summary>Approvals as the API shows them.</summary>
internal static class ApprovalViews
{
    public static async Task<ApprovalSnapshot> ReadAsync(
        ApprovalState state, CallSnapshot call, IJournal journal, ActiveConfiguration configuration, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var requested = state.Requested!;
        var card = await journal.ReadContentAsync(requested.Card.Id, cancellation);
        var progress = Quorum.Evaluate(requested.Requirements, state.Votes, vote => configuration.StillCounts(vote, now));
        var requirements = requested.Requirements.Zip(progress.Requirements, (requirement, have) => new RequirementSnapshot
        {
            RuleId = requirement.RuleId, Denials = requirement.Denials, Denied = have.Denied, WaitTimer = requirement.WaitTimer, StepUp = requirement.StepUp,
            Quorum = [.. requirement.Quorum.Zip(have.Slots, (slot, filled) => new SlotProgress { From = slot.From, Approvals = slot.Approvals, Have = filled.Have })],
        }).ToList();
        return new ApprovalSnapshot
        {
            Id = requested.Approval, State = state.StatusAt(now), EnvironmentClass = requested.Class, EnvironmentGeneration = requested.Generation, ToolSchemaHash = requested.ToolSchemaHash,
            Nonce = await NonceAsync(journal, call, cancellation), CardJson = card is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "{}", Requirements = requirements,
            Votes = state.Votes, CallHash = requested.CallHash, RenderHash = requested.RenderHash, PolicyVersion = requested.PolicyVersion, Deadline = requested.Deadline,
            CreatedAt = state.CreatedAt, EndedReason = state.EndedReason, ApprovedAt = state.ApprovedAt,
            Escalations = state.Escalations,
            Call = call.Approval is null ? call : call with
            {
                Approval = call.Approval with { State = state.StatusAt(now), Needed = [.. requirements.SelectMany(requirement => requirement.Quorum)] },
            },
        };
    }

    /// <summary>A proposal in the shape of a call, so that whoever reviews calls can review it: the action is the activation, the arguments are what would be in force.</summary>
    public static async Task<CallSnapshot?> ProposalAsync(ApprovalState state, IJournal journal, DateTimeOffset now, CancellationToken cancellation = default)
    {
        if (state.Requested is not { Subject: { } subject } requested) return null;
        var content = requested.Content is { } kept && await journal.ReadContentAsync(kept.Id, cancellation) is { } bytes ? CallContent.Parse(bytes) : null;
        var status = state.StatusAt(now);
        return new CallSnapshot
        {
            Id = requested.Call, Session = "", Agent = requested.Agent, Environment = requested.Environment, Tool = Proposal.Tool, Action = Proposal.ActionOf(subject), Resource = subject,
            ArgumentsJson = content?.ArgumentsJson, Effect = EffectClass.Privilege, CallHash = requested.CallHash, Starter = requested.Starter, ContentId = requested.Content?.Id,
            Decision = new Decision { Effect = DecisionEffect.Review, RuleIds = [.. requested.Requirements.Select(requirement => requirement.RuleId)], PolicyVersion = requested.PolicyVersion },
            Approval = new CallApproval
            {
                Id = requested.Approval, State = status, Deadline = requested.Deadline,
                Needed = [.. requested.Requirements.SelectMany(requirement => requirement.Quorum).Select(slot => new SlotProgress { From = slot.From, Approvals = slot.Approvals, Have = 0 })],
            },
            State = status switch
            {
                ApprovalStatus.Pending => CallStatus.PendingReview,
                ApprovalStatus.Approved => CallStatus.Succeeded,
                ApprovalStatus.Denied => CallStatus.Denied,
                ApprovalStatus.Expired => CallStatus.Expired,
                ApprovalStatus.Voided => CallStatus.Voided,
                _ => CallStatus.Cancelled,
            },
            Error = state.EndedReason is { } reason ? new CallError(status.ToString().ToLowerInvariant(), reason) : null,
            CreatedAt = state.CreatedAt, UpdatedAt = state.CreatedAt, Version = state.Votes.Count + (status == ApprovalStatus.Pending ? 0 : 1),
        };
    }

    private static async Task<string> NonceAsync(IJournal journal, CallSnapshot call, CancellationToken cancellation) =>
        call.ContentId is { } id && await journal.ReadContentAsync(id, cancellation) is { } bytes ? CallContent.Parse(bytes).Nonce : "";
}
