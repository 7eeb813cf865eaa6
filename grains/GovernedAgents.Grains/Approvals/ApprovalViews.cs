using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Approvals;

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
            Call = call.Approval is null ? call : call with
            {
                Approval = call.Approval with { State = state.StatusAt(now), Needed = [.. requirements.SelectMany(requirement => requirement.Quorum)] },
            },
        };
    }

    private static async Task<string> NonceAsync(IJournal journal, CallSnapshot call, CancellationToken cancellation) =>
        call.ContentId is { } id && await journal.ReadContentAsync(id, cancellation) is { } bytes ? CallContent.Parse(bytes).Nonce : "";
}
