using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class TripwireRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly CompiledPolicy Production = CompiledPolicy.Compile(Documents.Set(Documents.Policy).Policies["production"]);

    private static TripwireRules.Subject Call(string session = "ses_1", AutonomyTier tier = AutonomyTier.Supervised) => new("call_1", session, "ops", "bob", "prod", "t.x", tier);

    private static EnvironmentState Fold(EnvironmentState state, IEnumerable<DomainEvent> events, DateTimeOffset at) => events.Aggregate(state, (s, e) => s.Apply(e, at, 1));

    private static CompiledPolicy Policy(string tripwire) => CompiledPolicy.Compile(Documents.PolicyOf($"  tripwires: [ {tripwire} ]"));

    [Fact]
    public void OnDecision_TripsAtTheCount_AndStartsAgainEmpty()
    {
        var state = new EnvironmentState();
        for (var denial = 1; denial <= 10; denial++)
        {
            var at = Start.AddMinutes(denial);
            var events = TripwireRules.OnDecision(state, Production, Call(), DecisionEffect.Deny, at);
            Assert.Equal(denial % 5 == 0, events.Any(e => e is TripwireTripped));
            state = Fold(state, events, at);
        }

        Assert.Equal("probing", state.Tripped["ses_1"].Tripwire);
        Assert.Empty(state.Freezes);
    }

    [Fact]
    public void OnDecision_CountsOnlyWithinItsTime_ItsScopeAndItsDecisions()
    {
        var state = new EnvironmentState();
        for (var denial = 0; denial < 20; denial++)
        {
            var at = Start.AddSeconds(150 * denial);
            var events = TripwireRules.OnDecision(state, Production, Call(), DecisionEffect.Deny, at)
                .Concat(TripwireRules.OnDecision(state, Production, Call($"other_{denial}"), DecisionEffect.Deny, at)).Concat(TripwireRules.OnDecision(state, Production, Call("ses_a"), DecisionEffect.Allow, at)).ToList();
            Assert.DoesNotContain(events, e => e is TripwireTripped);
            state = Fold(state, events, at);
        }

        Assert.InRange(state.Windows["probing:session:ses_1"].At.Length, 1, 5);
    }

    [Fact]
    public void OnOutcome_ThatFreezes_FreezesEverythingButReads_OnceUntilItIsLifted()
    {
        var state = Fold(new EnvironmentState(), TripwireRules.OnOutcome(new EnvironmentState(), Production, Call(), CallOutcomeKind.Unknown, Start), Start);
        Assert.Equal([EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy], state.Freezes["unknowns"].Blocks);
        Assert.Empty(state.Tripped);
        Assert.DoesNotContain(TripwireRules.OnOutcome(state, Production, Call(), CallOutcomeKind.Unknown, Start), e => e is EnvironmentFrozen);
        Assert.Empty(TripwireRules.OnOutcome(state, Production, Call(), CallOutcomeKind.Succeeded, Start));
    }

    [Theory]
    [InlineData(AutonomyTier.Autonomous, AutonomyTier.Supervised)]
    [InlineData(AutonomyTier.Observe, AutonomyTier.Observe)]
    public void OnDecision_ThatDemotes_TakesOneTier(AutonomyTier from, AutonomyTier to)
    {
        var policy = Policy("{ id: t, when: { decisions: [review], atLeast: 1, within: 1h, per: agent }, then: demoteSession }");
        Assert.Equal(to, TripwireRules.OnDecision(new EnvironmentState(), policy, Call(tier: from), DecisionEffect.Review, Start).OfType<TripwireTripped>().Single().Tier);
    }

    [Fact]
    public void Decide_OfASessionThatTripped_IsQuarantinedBeforeTheSessionSaysSo()
    {
        var tripped = new TripwireTripped { Tripwire = "t", Key = "k", Call = "c", Session = "ses_1", Then = TripwireAction.QuarantineSession, Reason = "r" };
        var state = new EnvironmentState().Apply(tripped, Start, 1);
        var around = new Admission.Circumstances { Now = Start, Session = SessionStatus.Active, AgentAllowed = true, StarterAllowed = true };
        var verdict = Admission.Decide(state, Production, CompiledPolicyTests.Facts(EffectClass.Read), around);
        Assert.Equal((DecisionEffect.Deny, false), (verdict.Decision.Effect, verdict.ByPolicy));
        Assert.Equal(["session-quarantined"], verdict.Decision.RuleIds);
        Assert.Equal(DecisionEffect.Allow, Admission.Decide(state.Apply(new TripwireSettled { Session = "ses_1" }, Start, 2), Production, CompiledPolicyTests.Facts(EffectClass.Read), around).Decision.Effect);
    }

    [Fact]
    public void State_OfManySessions_ForgetsWhatIsOver()
    {
        var state = new EnvironmentState();
        for (var i = 0; i < 10_000; i++)
        {
            var at = Start.AddMinutes(i);
            state = Fold(state, [
                new SequenceMarked { Call = "c", Session = $"ses_{i}", Marks = [new SequenceMark("k", TimeSpan.FromMinutes(5))] },
                .. TripwireRules.OnDecision(state, Production, Call($"ses_{i}"), DecisionEffect.Deny, at),
            ], at);
        }

        Assert.InRange(state.Sequences.Count, 1, 128);
        Assert.InRange(state.Windows.Count, 1, 128);
    }
}
