using CsCheck;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class InvariantProofTests
{
    private const string TwoBeforeDestroy = "  invariants: [ { id: i, never: { effect: [destroy], class: [production], withFewerApprovalsThan: 2 } } ]";
    private const string Base = "  baseline: { supervised: { destroy: review } }\n  review: { quorum: [ { from: [group:sre], approvals: 2 } ] }\n";

    [Theory]
    [InlineData("", null)]
    [InlineData("{ id: r, match: { action: 'aws:s3:*' }, decide: allow }", "r lets a destroy call in production at tier propose, where action is like 'aws:s3:*' start without any approval.")]
    [InlineData("{ id: r, match: { class: staging }, decide: allow }", null)]
    [InlineData("{ id: r, match: { action: 'aws:s3:*' }, decide: review, review: { quorum: [ { from: [group:dev], approvals: 1 } ] } }", "r lets a destroy call in production at tier supervised, where action is like 'aws:s3:*' start with 1 approval.")]
    [InlineData("{ id: r, match: { action: 'aws:s3:*' }, decide: review, review: { quorum: [ { from: [group:dev], approvals: 1 }, { from: [group:sre], approvals: 1 } ] } }", null)]
    [InlineData("{ id: a, match: { agent: 'x' }, decide: allow }, { id: d, match: { effect: destroy }, decide: deny }", null)]
    [InlineData("{ id: a, match: { agent: 'x' }, decide: allow }, { id: d, match: { effect: destroy, group: 'x' }, decide: deny }", "a lets a destroy call in production at tier propose, where agent is like 'x' start without any approval.")]
    [InlineData("{ id: a, match: { agent: 'x' }, decide: allow }, { id: d, match: { effect: destroy, agent: 'x' }, decide: deny }", null)]
    [InlineData("{ id: a, match: { agent: 'x' }, decide: allow }, { id: v, match: { effect: destroy }, decide: review }", null)]
    public void Read_OfAPolicyThatCouldBreakItsInvariant_NamesTheRuleAndACall(string rules, string? example)
    {
        var result = Documents.Read($"apiVersion: governedagents/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{Base}  rules: [ {rules} ]\n{TwoBeforeDestroy}\n");
        if (example is null) Assert.Empty(result.Problems);
        else Assert.Equal($"The policy could break the invariant 'i': {example} Change that rule, or the invariant.", Assert.Single(result.Problems).Message);
    }

    // Conditions that calls can meet in any combination.
    private static readonly string[] Labels = ["x", "y", "z"];

    private static readonly Gen<MatchDefinition> AnyMatch = Gen.Select(Gen.Int[0, 15], Gen.Bool, Gen.Int[0, 15], Gen.Bool, Gen.Int[0, 7], (effects, byEffect, tiers, byTier, labels) => new MatchDefinition
    {
        Effect = byEffect && effects > 0 ? [.. Enum.GetValues<EffectClass>().Where(e => (effects & (1 << (int)e)) != 0)] : null,
        Tier = byTier && tiers > 0 ? [.. Enum.GetValues<AutonomyTier>().Where(t => (tiers & (1 << (int)t)) != 0)] : null,
        Labels = Labels.Where((_, i) => (labels & (1 << i)) != 0).ToDictionary(l => l, _ => (IReadOnlyList<string>)["on"]),
    });

    private static readonly Gen<PolicyDefinition> AnyPolicy = Gen.Select(
        Gen.Int[0, 2].Array[16], Gen.Int[0, 3], Gen.Select(AnyMatch, Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 6], (cells, standard, rules) => new PolicyDefinition
        {
            Name = "p",
            Review = standard == 0 ? null : Review(standard),
            Baseline = Enum.GetValues<AutonomyTier>().ToDictionary(t => t, t => (IReadOnlyDictionary<EffectClass, DecisionEffect>)Enum.GetValues<EffectClass>().ToDictionary(
                e => e, e => (DecisionEffect)cells[((int)t * 4) + (int)e])),
            Rules = [.. rules.Select((r, i) => new RuleDefinition
            {
                Id = $"r{i}", Match = r.Item1, Decide = (DecisionEffect)r.Item2, Review = r.Item2 == 1 && r.Item3 > 0 ? Review(r.Item3) : null,
            })],
        });

    private static ReviewDefinition Review(int approvals) => new() { Quorum = [new QuorumSlot { From = ["group:sre"], Approvals = approvals }] };

    private static readonly Gen<InvariantDefinition> AnyInvariant = Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Int[1, 4], (effect, byEffect, fewer) =>
        new InvariantDefinition { Id = "i", Effect = byEffect ? [(EffectClass)effect] : null, Class = [EnvironmentClass.Production], WithFewerApprovalsThan = fewer });

    private static CallFacts Facts(EffectClass effect, AutonomyTier tier, int labels) => CompiledPolicyTests.Facts(effect, tier) with
    {
        Labels = Labels.Where((_, i) => (labels & (1 << i)) != 0).ToDictionary(l => l, _ => "on"),
    };

    /// <summary>Null when denied. One vote may serve several requirements.</summary>
    private static int? ApprovalsFor(CompiledPolicy policy, CallFacts facts) => policy.Evaluate(facts) switch
    {
        { Decision.Effect: DecisionEffect.Deny } => null,
        { Decision.Effect: DecisionEffect.Allow } => 0,
        var verdict => verdict.Requirements.Max(r => r.Quorum.Sum(s => s.Approvals)),
    };

    /// <summary>Sound and complete: the proof breaks exactly when some call does.</summary>
    [Fact]
    public void Break_IsFoundExactlyWhenSomeCallBreaksIt() => Gen.Select(AnyPolicy, AnyInvariant).Sample((policy, invariant) =>
    {
        var compiled = CompiledPolicy.Compile(policy);
        var broken = new InvariantProof(policy).Break(invariant);
        var breaking = from effect in invariant.Effect ?? Enum.GetValues<EffectClass>()
                       from tier in Enum.GetValues<AutonomyTier>()
                       from labels in Enumerable.Range(0, 8)
                       where ApprovalsFor(compiled, Facts(effect, tier, labels)) < invariant.WithFewerApprovalsThan
                       select (effect, tier, labels);
        if (broken is null) return !breaking.Any();
        var assumed = Labels.Select((l, i) => broken.Assuming.Any(a => a.StartsWith($"label {l} ", StringComparison.Ordinal)) ? 1 << i : 0).Sum();
        return ApprovalsFor(compiled, Facts(broken.Effect, broken.Tier, assumed)) == broken.Approvals && broken.Approvals < invariant.WithFewerApprovalsThan;
    });
}
