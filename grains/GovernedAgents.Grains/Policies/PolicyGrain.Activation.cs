using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Policies;

/// <summary>From a settled review to the version in force in every environment that uses the policy.</summary>
public sealed partial class PolicyGrain
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public async Task ApprovalSettledAsync(string approvalId)
    {
        if (_shell.Ahead.Proposals.Find(p => p.Pending && p.Event.Approval == approvalId) is not { Event: var proposed }) return;
        if (await grains.GetGrain<IApprovalGrain>(approvalId).ReadAsync() is not { } approval || approval.State == ApprovalStatus.Pending) return;
        if (_shell.Ahead.Proposals.Find(p => p.Pending && p.Event.Approval == approvalId) is null) return;
        if (approval.State != ApprovalStatus.Approved)
        {
            var state = approval.State is ApprovalStatus.Denied or ApprovalStatus.Expired ? approval.State.ToString().ToLowerInvariant() : "voided";
            await EndAsync(proposed, state, approval.EndedReason ?? "The review was closed.");
            return;
        }

        if (WhyVoid(proposed, approval) is { } reason)
        {
            if (await EndAsync(proposed, "voided", reason)) await grains.GetGrain<IApprovalGrain>(approvalId).CloseAsync(ApprovalStatus.Voided, reason);
            return;
        }

        await RecordActivationAsync(
            [new PolicyApproved { Approval = approvalId }],
            new PolicyActivated { Version = proposed.Version, Definition = proposed.Definition, Source = proposed.Source, By = $"approval:{approvalId}" });
    }

    /// <summary>What was agreed to must still be true: the version that it replaces runs, and every vote of the quorum still stands.</summary>
    private string? WhyVoid(PolicyProposed proposed, ApprovalSnapshot approval)
    {
        if (_shell.Ahead.Running?.Version != proposed.Running) return "Another version was activated after this one was proposed. Propose it again.";
        var now = clock.Now;
        var requirements = approval.Requirements.Select(r => new ReviewRequirement
        {
            RuleId = r.RuleId, Denials = r.Denials, StepUp = r.StepUp, Quorum = [.. r.Quorum.Select(s => new QuorumSlot { From = s.From, Approvals = s.Approvals })],
        }).ToList();
        return Quorum.Evaluate(requirements, approval.Votes, vote => configuration.StillCounts(vote, now)).Outcome == QuorumOutcome.Approved
            ? null : "A vote that the quorum needs no longer counts (standing, group or sign-in changed). Propose it again.";
    }

    /// <summary>The activation, with the end of every other proposal: votes over another running version count for nothing.</summary>
    private async Task<bool> RecordActivationAsync(IReadOnlyList<DomainEvent> before, PolicyActivated activated)
    {
        const string overtaken = "Another version was activated. Propose it again.";
        var approved = before.OfType<PolicyApproved>().FirstOrDefault()?.Approval;
        var others = _shell.Ahead.Proposals.Where(p => p.Pending && p.Event.Approval != approved).Select(p => p.Event.Approval).ToList();
        DomainEvent[] events = [.. before, activated, .. others.Select(approval => new PolicyProposalEnded { Approval = approval, State = "voided", Reason = overtaken })];
        if ((await _shell.RecordAsync(clock.Now, events)).Status != AppendStatus.Committed)
        {
            DeactivateOnIdle();
            return false;
        }

        foreach (var approval in others) grains.GetGrain<IApprovalGrain>(approval).CloseAsync(ApprovalStatus.Voided, overtaken).Ignore();
        if (approved is not null && !await PutIntoForceAsync()) KeepPuttingIntoForceAsync().Ignore();
        return true;
    }

    private async Task<bool> EndAsync(PolicyProposed proposed, string state, string reason)
    {
        if ((await _shell.RecordAsync(clock.Now, new PolicyProposalEnded { Approval = proposed.Approval, State = state, Reason = reason })).Status == AppendStatus.Committed) return true;
        DeactivateOnIdle();
        throw new InvalidOperationException("The journal cannot take the end of the proposal now; it is told again.");
    }

    /// <summary>Each environment takes the version in one record of its own, which voids what waits there; from then on it judges by no other.</summary>
    private async Task<bool> PutIntoForceAsync()
    {
        if (_shell.Committed.Running is null) return true;
        try
        {
            // By the registry's word: this silo's copy may be about to change.
            foreach (var document in (await grains.GetGrain<IFleetGrain>(0).DocumentsAsync()).Where(document => document.Kind == "Environment"))
                if (EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson).Policy == Name) await grains.GetGrain<IEnvironmentUpkeep>(document.Name).RefreshAsync();
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    private async Task KeepPuttingIntoForceAsync()
    {
        for (var pause = TimeSpan.FromMilliseconds(50); !_shell.Lost; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, clock.Time);
            if (await PutIntoForceAsync()) return;
        }
    }

    /// <summary>After an activation: asks how pending reviews stand, and goes on where the version in force may not have reached every environment.</summary>
    private void TakeUp()
    {
        var self = this.AsReference<IPolicyGrain>();
        foreach (var proposal in _shell.Committed.Proposals.Where(p => p.Pending)) self.ApprovalSettledAsync(proposal.Event.Approval).Ignore();
        if (configuration.Loaded && _shell.Committed.Proposals.Exists(p => p.State == "approved")) KeepPuttingIntoForceAsync().Ignore();
    }
}
