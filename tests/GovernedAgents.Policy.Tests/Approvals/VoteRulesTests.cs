using System.Collections.Immutable;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Events;
using Xunit;

namespace GovernedAgents.Policy.Tests.Approvals;

/// <summary>Whose vote counts, and over what.</summary>
public sealed class VoteRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static ReviewRequirement Needs(string group, int approvals = 1, TimeSpan? stepUp = null) =>
        new() { RuleId = "r-" + group, Quorum = [new QuorumSlot { From = [$"group:{group}"], Approvals = approvals }], StepUp = stepUp };

    private static ApprovalState Review(params ReviewRequirement[] requirements) => new()
    {
        CreatedAt = Now,
        Requested = new ReviewRequested
        {
            Approval = "apr_1", Call = "call_1", Session = "ses_1", Agent = "bot", AgentOwner = "group:platform", Starter = "dana", Excluded = ["dana", "root"], Environment = "prod",
            Class = EnvironmentClass.Production, Generation = 1, ToolSchemaHash = "s", CallHash = "call", RenderHash = "card", PolicyVersion = "policy", Requirements = requirements,
            Deadline = Now.AddHours(1), Card = new ContentReference("c", "h"),
        },
    };

    private static VoteRules.Ballot Ballot(string person, VoteDecision decision = VoteDecision.Approve, TimeSpan? signedInBefore = null, params string[] groups) => new()
    {
        Vote = new Vote { Person = person, Decision = decision, At = Now, Groups = groups.Length == 0 ? ["sre"] : groups, AuthenticatedAt = signedInBefore is { } ago ? Now - ago : null },
        CallHash = "call", RenderHash = "card", PolicyVersion = "policy", IfMatch = "card",
    };

    private static VoteRules.Verdict Decide(ApprovalState state, VoteRules.Ballot ballot, DateTimeOffset? at = null) => VoteRules.Decide(state, ballot, at ?? Now, _ => true);

    [Theory]
    [InlineData("dana")]
    [InlineData("root")]
    public void Vote_OfTheStarterOrOfAStarterInItsLineage_IsRefused_WhateverGroupsItHas(string person) =>
        Assert.Equal("self-review", Decide(Review(Needs("sre")), Ballot(person)).Slug);

    [Fact]
    public void Vote_OfADisabledPerson_OrWithoutASlot_IsRefused()
    {
        Assert.Equal("not-eligible", Decide(Review(Needs("sre")), Ballot("alice") with { Disabled = true }).Slug);
        var refused = Decide(Review(Needs("sre")), Ballot("rex", groups: "sales"));
        Assert.Equal("not-eligible", refused.Slug);
        Assert.Contains("1 of group:sre", refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "card", "policy", "card")]
    [InlineData("call", "other", "policy", "other")]
    [InlineData("call", "card", "", "card")]
    [InlineData("call", "card", "policy", "")]
    public void Vote_OverAnythingButWhatIsThereNow_IsStale(string call, string card, string policy, string tag) =>
        Assert.Equal("stale-vote", Decide(Review(Needs("sre")), Ballot("alice") with { CallHash = call, RenderHash = card, PolicyVersion = policy, IfMatch = tag }).Slug);

    [Fact]
    public void Approve_WhenOneOfSeveralRequirementsWantsAFreshSignIn_IsTakenOnlyWithOne_FromEverybody()
    {
        // The shortest step-up holds for the whole approval: a vote taken without it would never be counted, and the quorum never reached.
        var review = Review(Needs("sre"), Needs("leads", stepUp: TimeSpan.FromMinutes(15)));
        foreach (var group in new[] { "sre", "leads" })
        {
            Assert.Equal("step-up-required", Decide(review, Ballot("alice", groups: group)).Slug);
            Assert.Equal("step-up-required", Decide(review, Ballot("alice", signedInBefore: TimeSpan.FromMinutes(16), groups: group)).Slug);
            Assert.Null(Decide(review, Ballot("alice", signedInBefore: TimeSpan.FromMinutes(14), groups: group)).Slug);
        }

        Assert.Null(Decide(review, Ballot("alice", VoteDecision.Deny)).Slug);
        var first = review with { Votes = [Ballot("alice", signedInBefore: TimeSpan.Zero).Vote] };
        Assert.IsType<QuorumReached>(Decide(first, Ballot("lea", signedInBefore: TimeSpan.Zero, groups: "leads")).Events[^1]);
    }

    [Fact]
    public void Vote_Again_IsNothingNew_AndOnlyADenyReplacesAnApprove()
    {
        var approved = Review(Needs("sre", 2)) with { Votes = [Ballot("alice").Vote] };
        Assert.Equal((null, 0), (Decide(approved, Ballot("alice")).Slug, Decide(approved, Ballot("alice")).Events.Count));
        Assert.IsType<ReviewDenied>(Decide(approved, Ballot("alice", VoteDecision.Deny)).Events[^1]);
        var denied = Review(Needs("sre", 2) with { Denials = 2 }) with { Votes = [Ballot("alice", VoteDecision.Deny).Vote] };
        Assert.Equal("already-decided", Decide(denied, Ballot("alice")).Slug);
    }

    [Fact]
    public void Vote_AfterTheDeadline_IsTooLate_EvenBeforeItsEventIsWritten() =>
        Assert.Equal("already-decided", Decide(Review(Needs("sre")), Ballot("alice"), Now.AddHours(1)).Slug);

    [Fact]
    public void Vote_WhenAnEarlierOneNoLongerStands_DoesNotReachTheQuorumWithIt()
    {
        var review = Review(Needs("sre", 2)) with { Votes = ImmutableList.Create(Ballot("bob").Vote) };
        Assert.IsType<QuorumReached>(VoteRules.Decide(review, Ballot("alice"), Now, _ => true).Events[^1]);
        Assert.IsType<VoteCast>(VoteRules.Decide(review, Ballot("alice"), Now, vote => vote.Person != "bob").Events[^1]);
    }
}
