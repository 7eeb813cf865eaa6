using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Telemetry;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Approvals;

/// <summary>Collects the votes over one call. What a quorum means is decided again by the environment when the call starts.</summary>
public sealed class ApprovalGrain(IJournal journal, JournalClock clock, ActiveConfiguration configuration, IReadModel readModel, IGrainFactory grains) : Grain, IApprovalGrain
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestTelling = TimeSpan.FromMinutes(5);

    private StreamShell<ApprovalState> _shell = null!;

    private string Id => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, null, clock, $"approval/{Id}", new(new ApprovalState(), ApprovalState.StateVersion, (state, e, at, _) => state.Apply(e, at)));
        await _shell.LoadAsync(cancellationToken);
    }

    public async Task<Answer<ApprovalSnapshot>> VoteAsync(CastVote vote)
    {
        if (_shell.Ahead.Requested is not { } requested)
        {
            ForgetAbsence();
            return Refusals.NotFound($"There is no approval '{Id}'.");
        }

        var now = clock.Now;
        if (configuration.Resolve(vote.Voter) is not { } standing)
            return new Refusal { Slug = "not-eligible", Detail = "The directory does not list this account. Ask an operator." };
        var verdict = VoteRules.Decide(_shell.Ahead, new VoteRules.Ballot
        {
            CallHash = vote.CallHash, RenderHash = vote.RenderHash, PolicyVersion = vote.PolicyVersion, IfMatch = vote.IfMatch, Disabled = standing.Disabled,
            Vote = new Vote
            {
                Person = standing.Person, Decision = vote.Decision, Reason = vote.Reason, At = now, Groups = standing.Groups, Issuer = vote.Voter.Issuer, Subject = vote.Voter.Subject,
                StandsUntil = standing.FromDirectory ? null : vote.Voter.ExpiresAt, AuthenticatedAt = vote.Voter.AuthenticatedAt,
            },
        }, now, cast => configuration.StillCounts(cast, now));
        if (verdict.Slug is { } slug) return new Refusal { Slug = slug, Detail = verdict.Detail!, PolicyVersion = requested.PolicyVersion };
        if (verdict.Events.Count == 0) return (await ReadAsync())! with { Repeated = true };
        if ((await _shell.RecordAsync(now, [.. verdict.Events])).Status != AppendStatus.Committed)
        {
            DeactivateOnIdle();
            return Refusals.Unavailable();
        }

        grains.GetGrain<IReviewerGrain>(standing.Person).NoteVoteAsync(Id, _shell.Committed.CreatedAt, now).Ignore();
        if (_shell.Committed.Status != ApprovalStatus.Pending)
        {
            GovernanceMetrics.ReviewSettledByVote(now - _shell.Committed.CreatedAt);
            Tell();
        }

        return (await ReadAsync())!;
    }

    public async Task CloseAsync(ApprovalStatus status, string reason)
    {
        if (_shell.Ahead.Requested is null) ForgetAbsence();
        if (_shell.Ahead.Requested is null || _shell.Ahead.Status is not (ApprovalStatus.Pending or ApprovalStatus.Approved)) return;
        if (_shell.Ahead.Status == ApprovalStatus.Approved && status != ApprovalStatus.Voided) return;
        DomainEvent occurred = status == ApprovalStatus.Cancelled ? new ReviewCancelled { Reason = reason } : new ApprovalVoided { Reason = reason };
        if ((await _shell.RecordAsync(clock.Now, occurred)).Status != AppendStatus.Committed) DeactivateOnIdle();
    }

    public async Task SweepAsync()
    {
        if (_shell.Ahead.Requested is null)
        {
            ForgetAbsence();
            return;
        }

        var now = clock.Now;
        DomainEvent[] due = _shell.Ahead is { Status: ApprovalStatus.Pending } pending && pending.StatusAt(now) == ApprovalStatus.Expired ? [new ReviewExpired()] : [.. _shell.Ahead.EscalationsDue(now)];
        if (due.Length > 0 && (await _shell.RecordAsync(now, due)).Status != AppendStatus.Committed)
        {
            DeactivateOnIdle();
            return;
        }

        if (_shell.Committed.Status != ApprovalStatus.Pending) Tell();
    }

    public async Task<ApprovalSnapshot?> ReadAsync()
    {
        var state = _shell.Committed;
        if (state.Requested is not { } requested)
        {
            ForgetAbsence();
            return null;
        }

        var call = requested.Subject is not null ? await ApprovalViews.ProposalAsync(state, journal, clock.Now)
            : await grains.GetGrain<IEnvironmentGrain>(requested.Environment).WatchAsync(requested.Call, null, TimeSpan.Zero) ?? await readModel.FindCallAsync(requested.Call, CancellationToken.None);
        return call is null ? null : await ApprovalViews.ReadAsync(state, call, journal, configuration, clock.Now);
    }

    /// <summary>
    /// An approval that was asked for before it was requested must not be remembered as absent. Only with an answer on its way: deactivated while it activates, the grain would
    /// answer nobody.
    /// </summary>
    private void ForgetAbsence() => DeactivateOnIdle();

    /// <summary>Until the environment has taken the end up: nothing else would look at the call before its deadline. After a crash the environment asks by itself.</summary>
    private void Tell() => TellAsync().Ignore();

    private async Task TellAsync()
    {
        var requested = _shell.Committed.Requested!;
        for (var pause = TimeSpan.FromMilliseconds(50); clock.Now < requested.Deadline + LongestTelling; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                if (Proposal.PolicyOf(requested) is { } policy) await grains.GetGrain<IPolicyGrain>(policy).ApprovalSettledAsync(Id);
                else if (requested.Subject is not null) await grains.GetGrain<IConfigurationRegistry>(0).ApprovalSettledAsync(Id);
                else await grains.GetGrain<IEnvironmentUpkeep>(requested.Environment).ApprovalSettledAsync(requested.Call);
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                await Task.Delay(pause, clock.Time);
            }
        }
    }
}
