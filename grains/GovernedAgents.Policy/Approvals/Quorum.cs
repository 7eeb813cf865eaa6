namespace GovernedAgents.Policy.Approvals;

/// <summary>Whether the votes meet the requirements. Pure; a person is <see cref="Vote.Person"/>, whatever account voted.</summary>
public static class Quorum
{
    /// <summary>How far an identity provider's clock may be ahead in <c>auth_time</c>.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Within one requirement the slots need distinct people; one vote may serve several requirements. A person's deny replaces that person's approve for
    /// good. Denied as soon as the smallest number of denials is reached; without any requirement nothing is ever approved.
    /// </summary>
    /// <param name="counts">Whether the voter's standing still holds; votes for which it is false are not there.</param>
    public static QuorumProgress Evaluate(IReadOnlyList<ReviewRequirement> requirements, IReadOnlyList<Vote> votes, Func<Vote, bool> counts)
    {
        var terms = ReviewTerms.Of(requirements);
        var standing = votes.Where(counts).ToList();
        var denials = standing.Where(v => v.Decision == VoteDecision.Deny).ToList();
        var withdrawn = denials.Select(v => v.Person).ToHashSet(StringComparer.Ordinal);
        var approvals = standing.Where(v => v.Decision == VoteDecision.Approve && !withdrawn.Contains(v.Person) && IsSteppedUp(v, terms.StepUp)).ToList();

        var progress = requirements.Select(r => Progress(r, approvals, denials)).ToList();
        var denied = denials.Where(v => MayVote(requirements, v.Person, v.Groups)).Select(v => v.Person).Distinct(StringComparer.Ordinal).Count();
        return new QuorumProgress
        {
            Requirements = progress,
            Denied = denied,
            Outcome = requirements.Count > 0 && denied >= terms.Denials ? QuorumOutcome.Denied
                : requirements.Count > 0 && progress.TrueForAll(p => p.Met) ? QuorumOutcome.Approved
                : QuorumOutcome.Pending,
        };
    }

    /// <summary>Whether any slot is open to this person with these groups. Separation of duties (starter, lineage) is the caller's.</summary>
    public static bool MayVote(IReadOnlyList<ReviewRequirement> requirements, string person, IReadOnlyList<string> groups) =>
        requirements.Any(r => r.Quorum.Any(s => IsOpenTo(s, person, groups)));

    /// <summary>Whether the voter had authenticated within <paramref name="stepUp"/> before the vote; true when none is asked for.</summary>
    public static bool IsSteppedUp(Vote vote, TimeSpan? stepUp) => IsSteppedUp(vote.AuthenticatedAt, vote.At, stepUp);

    /// <inheritdoc cref="IsSteppedUp(Vote, TimeSpan?)"/>
    public static bool IsSteppedUp(DateTimeOffset? authenticatedAt, DateTimeOffset at, TimeSpan? stepUp)
    {
        if (stepUp is not { } longest) return true;
        return authenticatedAt is { } instant && at - instant <= longest && instant - at <= Skew;
    }

    private static bool IsOpenTo(QuorumSlot slot, string person, IReadOnlyList<string> groups)
    {
        foreach (var party in slot.From)
        {
            if (party.StartsWith("person:", StringComparison.Ordinal) && party.AsSpan(7).SequenceEqual(person)) return true;
            if (party.StartsWith("group:", StringComparison.Ordinal) && groups.Contains(party[6..], StringComparer.Ordinal)) return true;
        }

        return false;
    }

    private static RequirementProgress Progress(ReviewRequirement requirement, List<Vote> approvals, List<Vote> denials)
    {
        var slots = requirement.Quorum;
        var people = approvals.Select(v => v.Person).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var open = people.Select(p => Enumerable.Range(0, slots.Count)
            .Where(s => approvals.Any(v => v.Person == p && IsOpenTo(slots[s], p, v.Groups))).ToArray()).ToList();

        var seated = slots.Select(_ => new List<int>()).ToList();
        for (var person = 0; person < people.Count; person++) Seat(person, new bool[slots.Count]);

        var tallies = slots.Select((s, i) => new SlotTally(s.From, s.Approvals, seated[i].Count)).ToList();
        return new RequirementProgress
        {
            RuleId = requirement.RuleId,
            Slots = tallies,
            Denied = denials.Where(v => slots.Any(s => IsOpenTo(s, v.Person, v.Groups))).Select(v => v.Person).Distinct(StringComparer.Ordinal).Count(),
            Met = tallies.Count > 0 && tallies.TrueForAll(t => t.Approvals > 0 && t.Have >= t.Approvals),
        };

        // INVARIANT (one person, one slot): a person is seated once, or moves. Augmenting paths give the largest seating, so order never matters.
        bool Seat(int person, bool[] tried)
        {
            foreach (var slot in open[person])
            {
                if (tried[slot]) continue;
                tried[slot] = true;
                if (seated[slot].Count < slots[slot].Approvals)
                {
                    seated[slot].Add(person);
                    return true;
                }

                for (var i = 0; i < seated[slot].Count; i++)
                {
                    if (!Seat(seated[slot][i], tried)) continue;
                    seated[slot][i] = person;
                    return true;
                }
            }

            return false;
        }
    }
}
