using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Approvals;

/// <summary>Whether one vote counts, and what it decides.</summary>
public static class VoteRules
{
    public sealed record Ballot
    {
        public required Vote Vote { get; init; }
        public required string CallHash { get; init; }
        public required string RenderHash { get; init; }
        public required string PolicyVersion { get; init; }
        /// <summary>The tag of If-Match.</summary>
        public required string IfMatch { get; init; }
        /// <summary>The Directory says that this person is disabled or unknown.</summary>
        public bool Disabled { get; init; }
    }

    /// <summary>Events to record, or a refusal, or neither: the same vote again.</summary>
    public sealed record Verdict(IReadOnlyList<DomainEvent> Events, string? Slug = null, string? Detail = null);

    /// <param name="standing">Whether an earlier vote still counts now.</param>
    public static Verdict Decide(ApprovalState state, Ballot ballot, DateTimeOffset now, Func<Vote, bool> standing)
    {
        var requested = state.Requested!;
        var vote = ballot.Vote;
        // INVARIANT (separation of duties): no configuration can switch this off.
        if (requested.Excluded.Contains(vote.Person, StringComparer.Ordinal))
            return No("self-review", $"{vote.Person} started this session or one that it descends from. Another person has to review the call.");
        if (ballot.Disabled)
            return No("not-eligible", $"{vote.Person} has no standing in the directory. Ask an operator.");
        if (!Quorum.MayVote(requested.Requirements, vote.Person, vote.Groups))
            return No("not-eligible", $"No slot of this review takes {vote.Person} (groups: {(vote.Groups.Count == 0 ? "none" : string.Join(", ", vote.Groups))}). It asks for {Slots(requested)}.");
        // The shortest of all requirements, as the quorum counts it: what is accepted here is counted there.
        if (vote.Decision == VoteDecision.Approve && ReviewTerms.Of(requested.Requirements).StepUp is { } within && !Quorum.IsSteppedUp(vote, within))
            return No("step-up-required", $"This review takes only people who signed in within {within:c}. Sign in again and repeat the vote.");

        var earlier = state.Votes.Find(cast => cast.Person == vote.Person);
        var same = earlier is not null && earlier.Decision == vote.Decision && Fits(requested, ballot);
        if (same) return new Verdict([]);
        var status = state.StatusAt(now);
        if (status != ApprovalStatus.Pending)
            return No("already-decided", $"The review is {status.ToString().ToLowerInvariant()}; votes are closed.");
        if (earlier is { Decision: VoteDecision.Deny } && vote.Decision == VoteDecision.Approve)
            return No("already-decided", $"{vote.Person} has denied this call; a denial is not taken back. The agent can submit it again.");
        if (!Fits(requested, ballot))
            return No("stale-vote", "The vote is not over what this approval shows now. Read it again and vote on that.");

        var after = state.Votes.RemoveAll(cast => cast.Person == vote.Person).Add(vote);
        var progress = Quorum.Evaluate(requested.Requirements, after, standing);
        var cast = new VoteCast { Vote = vote, CallHash = requested.CallHash, RenderHash = requested.RenderHash, PolicyVersion = requested.PolicyVersion };
        return progress.Outcome switch
        {
            QuorumOutcome.Approved => new Verdict([cast, new QuorumReached()]),
            QuorumOutcome.Denied => new Verdict([cast, new ReviewDenied { By = vote.Person, Reason = $"Denied by {vote.Person}: {vote.Reason}" }]),
            _ => new Verdict([cast]),
        };
    }

    private static bool Fits(ReviewRequested requested, Ballot ballot) =>
        ballot.CallHash == requested.CallHash && ballot.RenderHash == requested.RenderHash
        && ballot.PolicyVersion == requested.PolicyVersion && ballot.IfMatch == requested.RenderHash;

    private static string Slots(ReviewRequested requested) => string.Join(" and ",
        requested.Requirements.SelectMany(requirement => requirement.Quorum).Select(slot => $"{slot.Approvals} of {string.Join("|", slot.From)}"));

    private static Verdict No(string slug, string detail) => new([], slug, detail);
}
