using CsCheck;
using GovernedAgents.Policy.Approvals;
using Xunit;

namespace GovernedAgents.Policy.Tests.Approvals;

public sealed class QuorumTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static ReviewRequirement Requirement(string id, params (string From, int Approvals)[] slots) => new()
    {
        RuleId = id, Quorum = [.. slots.Select(s => new QuorumSlot { From = s.From.Split(','), Approvals = s.Approvals })],
    };

    private static Vote Approve(string person, params string[] groups) => new() { Person = person, Decision = VoteDecision.Approve, At = At, Groups = groups };

    private static Vote Deny(string person, params string[] groups) => Approve(person, groups) with { Decision = VoteDecision.Deny };

    private static QuorumProgress Count(IReadOnlyList<ReviewRequirement> requirements, params Vote[] votes) => Quorum.Evaluate(requirements, votes, _ => true);

    [Fact]
    public void Evaluate_OfTheSamePersonTwice_CountsOnce()
    {
        var progress = Count([Requirement("r", ("group:sre", 2))], Approve("alice", "sre"), Approve("alice", "sre") with { Subject = "a-2" });
        Assert.Equal((QuorumOutcome.Pending, 1), (progress.Outcome, progress.Requirements[0].Slots[0].Have));
        Assert.Equal(QuorumOutcome.Approved, Count([Requirement("r", ("group:sre", 2))], Approve("alice", "sre"), Approve("bob", "sre")).Outcome);
    }

    [Fact]
    public void Evaluate_WhenOnePersonFitsTwoSlots_NeedsASecondPerson()
    {
        IReadOnlyList<ReviewRequirement> both = [Requirement("r", ("group:sre", 1), ("group:owners", 1))];
        Assert.Equal(QuorumOutcome.Pending, Count(both, Approve("alice", "sre", "owners")).Outcome);
        // Alice is seated in sre first and must move for Bob, who fits nowhere else.
        Assert.Equal(QuorumOutcome.Approved, Count(both, Approve("alice", "sre", "owners"), Approve("bob", "sre")).Outcome);
        Assert.Equal(QuorumOutcome.Pending, Count(both, Approve("carol", "sre"), Approve("bob", "sre")).Outcome);
    }

    [Fact]
    public void Evaluate_OfSeveralRequirements_LetsOneVoteServeThemAllAndNeedsThemAll()
    {
        IReadOnlyList<ReviewRequirement> two = [Requirement("a", ("group:sre", 1)), Requirement("b", ("group:sre,person:eve", 1), ("group:owners", 1))];
        var progress = Count(two, Approve("alice", "sre"));
        Assert.Equal((true, false, QuorumOutcome.Pending), (progress.Requirements[0].Met, progress.Requirements[1].Met, progress.Outcome));
        Assert.Equal(QuorumOutcome.Approved, Count(two, Approve("alice", "sre"), Approve("olga", "owners")).Outcome);
        Assert.Equal(QuorumOutcome.Pending, Count(two, Approve("eve"), Approve("olga", "owners")).Outcome);
    }

    [Fact]
    public void Evaluate_OfADeny_EndsItAtTheSmallestNumberOfDenials()
    {
        IReadOnlyList<ReviewRequirement> two = [Requirement("a", ("group:sre", 1)) with { Denials = 3 }, Requirement("b", ("group:owners", 1)) with { Denials = 2 }];
        Assert.Equal(QuorumOutcome.Pending, Count(two, Deny("alice", "sre"), Deny("alice", "sre"), Deny("mallory", "other")).Outcome);
        var denied = Count(two, Deny("alice", "sre"), Deny("olga", "owners"));
        Assert.Equal((QuorumOutcome.Denied, 2, 1, 1), (denied.Outcome, denied.Denied, denied.Requirements[0].Denied, denied.Requirements[1].Denied));
    }

    [Fact]
    public void Evaluate_OfALaterDeny_ReplacesTheApproveForGood()
    {
        IReadOnlyList<ReviewRequirement> one = [Requirement("r", ("group:sre", 1)) with { Denials = 2 }];
        Assert.Equal(QuorumOutcome.Pending, Count(one, Approve("alice", "sre"), Deny("alice", "sre")).Outcome);
        Assert.Equal(QuorumOutcome.Pending, Count(one, Deny("alice", "sre"), Approve("alice", "sre")).Outcome);
    }

    [Fact]
    public void Evaluate_OfVotesThatNoLongerCount_IsAsIfTheyWereNotThere()
    {
        IReadOnlyList<ReviewRequirement> one = [Requirement("r", ("group:sre", 1))];
        Assert.Equal(QuorumOutcome.Pending, Quorum.Evaluate(one, [Approve("alice", "sre"), Deny("bob", "sre")], _ => false).Outcome);
        Assert.Equal(QuorumOutcome.Approved, Quorum.Evaluate(one, [Approve("alice", "sre"), Deny("bob", "sre")], v => v.Person != "bob").Outcome);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(-901, false)]
    [InlineData(-900, true)]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void Evaluate_WithStepUp_CountsOnlyVotersWhoAuthenticatedShortlyBefore(int? seconds, bool counts)
    {
        IReadOnlyList<ReviewRequirement> two = [Requirement("a", ("group:sre", 1)) with { StepUp = TimeSpan.FromMinutes(15) }, Requirement("b", ("group:sre", 1)) with { StepUp = TimeSpan.FromHours(1) }];
        var vote = Approve("alice", "sre") with { AuthenticatedAt = seconds is { } s ? At.AddSeconds(s) : null };
        Assert.Equal(counts ? QuorumOutcome.Approved : QuorumOutcome.Pending, Count(two, vote).Outcome);
        // A denial is never refused for it.
        Assert.Equal(QuorumOutcome.Denied, Count(two, vote with { Decision = VoteDecision.Deny }).Outcome);
    }

    [Fact]
    public void Evaluate_WithoutRequirementsOrSlots_IsNeverApproved()
    {
        Assert.Equal(QuorumOutcome.Pending, Count([], Approve("alice", "sre")).Outcome);
        Assert.Equal(QuorumOutcome.Pending, Count([Requirement("r")], Approve("alice", "sre")).Outcome);
        Assert.Equal(QuorumOutcome.Pending, Count([Requirement("r", ("group:sre", 0))], Approve("alice", "sre")).Outcome);
    }

    [Theory]
    [InlineData("eve", "", true)]
    [InlineData("bob", "sre", true)]
    [InlineData("bob", "sre-leads", false)]
    [InlineData("sre", "", false)]
    [InlineData("group:sre", "", false)]
    [InlineData("bob", "person:eve", false)]
    public void MayVote_IsForThoseNamedAlone(string person, string group, bool may) =>
        Assert.Equal(may, Quorum.MayVote([Requirement("r", ("group:sre,person:eve", 1))], person, group.Length == 0 ? [] : [group]));

    private static readonly Gen<ReviewRequirement> AnyRequirement = Gen.Select(
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 2]).Array[1, 3], slots => Requirement(
            "r", [.. slots.Select(s => (string.Join(',', Enumerable.Range(0, 3).Where(g => (s.Item1 & (1 << g)) != 0).Select(g => $"group:g{g}")), s.Item2))]));

    private static readonly Gen<Vote> AnyVote = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 7], Gen.Int[0, 5], (person, groups, deny) =>
        Approve($"p{person}", [.. Enumerable.Range(0, 3).Where(g => (groups & (1 << g)) != 0).Select(g => $"g{g}")])
            with { Decision = deny == 0 ? VoteDecision.Deny : VoteDecision.Approve });

    /// <summary>Against a search over every assignment of people to slots.</summary>
    [Fact]
    public void Evaluate_IsMetExactlyWhenSomeAssignmentOfDistinctPeopleFillsEverySlot() => Gen.Select(AnyRequirement, AnyVote.Array[0, 7]).Sample((requirement, votes) =>
    {
        var progress = Quorum.Evaluate([requirement], votes, _ => true).Requirements[0];
        var seats = requirement.Quorum.SelectMany(s => Enumerable.Repeat(s, s.Approvals)).ToList();
        var deniers = votes.Where(v => v.Decision == VoteDecision.Deny).Select(v => v.Person).ToHashSet();
        var approvals = votes.Where(v => !deniers.Contains(v.Person)).ToList();

        bool Fill(int seat, IReadOnlyList<string> used) => seat == seats.Count || approvals.Any(v => !used.Contains(v.Person)
            && v.Groups.Any(g => seats[seat].From.Contains("group:" + g)) && Fill(seat + 1, [.. used, v.Person]));

        var people = approvals.Select(v => v.Person).Distinct().Count();
        return progress.Met == Fill(0, []) && progress.Slots.Sum(s => s.Have) <= people && progress.Slots.All(s => s.Have <= s.Approvals);
    });

    [Fact]
    public void Evaluate_OfVotesInAnyOrder_SaysTheSame() => Gen.Select(AnyRequirement.Array[1, 3], AnyVote.Array[0, 7], Gen.Int).Sample((requirements, votes, seed) =>
    {
        var random = new Random(seed);
        return Quorum.Evaluate(requirements, votes, _ => true).Outcome == Quorum.Evaluate(requirements, [.. votes.OrderBy(_ => random.Next())], _ => true).Outcome;
    });
}
