using System.Text.Json;
using CsCheck;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class CompiledPolicyPropertyTests
{
    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static readonly Gen<DecisionEffect> AnyDecision = Gen.Int[0, 2].Select(i => (DecisionEffect)i);
    private static readonly Gen<EffectClass> AnyEffect = Gen.Int[0, 3].Select(i => (EffectClass)i);
    private static readonly Gen<AutonomyTier> AnyTier = Gen.Int[0, 3].Select(i => (AutonomyTier)i);
    private static readonly ReviewDefinition Review = new() { Quorum = [new QuorumSlot { From = ["group:sre"], Approvals = 1 }] };

    private static readonly Gen<IReadOnlyDictionary<string, IReadOnlyList<ArgumentCondition>>> AnyArgs = Gen.Select(
        Gen.Int[0, 1], Gen.Int[0, 7], (where, op) =>
        {
            var value = (ArgumentOperator)op switch
            {
                ArgumentOperator.In => "[1,\"x\"]",
                ArgumentOperator.Like => "\"x*\"",
                ArgumentOperator.Matches => "\"x\"",
                ArgumentOperator.Exists => "true",
                _ => "1",
            };
            return (IReadOnlyDictionary<string, IReadOnlyList<ArgumentCondition>>)new Dictionary<string, IReadOnlyList<ArgumentCondition>>
            {
                [where == 0 ? "/a" : "/b"] = [new ArgumentCondition((ArgumentOperator)op, value)],
            };
        });

    private static readonly Gen<MatchDefinition> AnyMatch = Gen.Select(
        AnyEffect.Array[1, 3], Gen.Bool, Gen.Bool, AnyArgs, Gen.Bool, (effects, byEffect, byAction, args, byArgs) => new MatchDefinition
        {
            Effect = byEffect ? effects : null,
            Action = byAction ? ["aws:*:Delete*"] : null,
            Args = byArgs ? args : new Dictionary<string, IReadOnlyList<ArgumentCondition>>(),
        });

    private static readonly Gen<PolicyDefinition> AnyPolicy = Gen.Select(
        Gen.Select(AnyTier, AnyEffect, AnyDecision).Array[0, 12], Gen.Select(AnyMatch, AnyDecision).Array[0, 6], (cells, rules) => new PolicyDefinition
        {
            Name = "p",
            Review = Review,
            Baseline = cells.GroupBy(c => c.Item1).ToDictionary(
                g => g.Key, g => (IReadOnlyDictionary<EffectClass, DecisionEffect>)g.GroupBy(c => c.Item2).ToDictionary(c => c.Key, c => c.Last().Item3)),
            Rules = [.. rules.Select((r, i) => new RuleDefinition { Id = $"r{i}", Match = r.Item1, Decide = r.Item2 })],
        });

    private static readonly Gen<CallFacts> AnyFacts = Gen.Select(
        AnyEffect, AnyTier, Gen.Int[0, 5], Gen.Bool, (effect, tier, argument, deletes) => CompiledPolicyTests.Facts(
            effect, tier, new[] { "{}", "{\"a\":1}", "{\"a\":\"x\",\"b\":2}", "{\"a\":[],\"b\":null}", "[]", "{\"b\":\"xx\"}" }[argument])
            with { Action = deletes ? "aws:s3:DeleteBucket" : "aws:s3:GetObject" });

    private static string Shown(PolicyVerdict v) => JsonSerializer.Serialize(v);

    private static DecisionEffect Decide(PolicyDefinition policy, CallFacts facts) => CompiledPolicy.Compile(policy).Evaluate(facts).Decision.Effect;

    [Fact]
    public void Evaluate_OfShuffledRules_SaysTheSame() => Gen.Select(AnyPolicy, AnyFacts, Gen.Int).Sample((policy, facts, seed) =>
    {
        var random = new Random(seed);
        var shuffled = policy with { Rules = [.. policy.Rules.OrderBy(_ => random.Next())] };
        var one = CompiledPolicy.Compile(policy).Evaluate(facts);
        var other = CompiledPolicy.Compile(shuffled).Evaluate(facts);
        return Shown(one with { Decision = one.Decision with { PolicyVersion = "" } }) == Shown(other with { Decision = other.Decision with { PolicyVersion = "" } });
    });

    [Fact]
    public void Evaluate_WithOneMoreDenyOrReviewRule_IsNeverMorePermissive() => Gen.Select(AnyPolicy, AnyFacts, AnyMatch, Gen.Bool).Sample((policy, facts, match, deny) =>
    {
        var more = policy with { Rules = [.. policy.Rules, new RuleDefinition { Id = "more", Match = match, Decide = deny ? DecisionEffect.Deny : DecisionEffect.Review }] };
        return Decide(more, facts) >= Decide(policy, facts)
            && (Decide(more, facts) != DecisionEffect.Review || CompiledPolicy.Compile(more).Evaluate(facts).Requirements.Count > 0);
    });

    /// <summary>An allow rule may only ever lift a baseline; a stricter baseline is never more permissive either.</summary>
    [Fact]
    public void Evaluate_WithoutOneAllowRule_IsNeverMorePermissive() => Gen.Select(AnyPolicy, AnyFacts, AnyMatch).Sample((policy, facts, match) =>
    {
        // A faulting allow rule denies, and an allow rule lifts a baseline of any strictness: compare where the rule can be evaluated.
        var with = policy with { Rules = [.. policy.Rules, new RuleDefinition { Id = "extra", Match = match, Decide = DecisionEffect.Allow }] };
        var verdict = CompiledPolicy.Compile(with).Evaluate(facts);
        return verdict.Decision.RuleIds.Contains("policy-fault") || Decide(policy, facts) >= verdict.Decision.Effect;
    });

    [Fact]
    public void Evaluate_IsTotalAndAlwaysExplains() => Gen.Select(AnyPolicy, AnyFacts, Gen.Bool).Sample((policy, facts, undefined) =>
    {
        var verdict = CompiledPolicy.Compile(policy).Evaluate(undefined ? facts with { Arguments = default } : facts);
        return verdict.Decision.RuleIds.Count > 0 && verdict.Decision.Reasons.Count > 0 && verdict.Decision.Effect <= DecisionEffect.Deny
            && verdict.Requirements.Count > 0 == (verdict.Decision.Effect == DecisionEffect.Review)
            && (facts.Tier != AutonomyTier.Observe || facts.Effect == EffectClass.Read || verdict.Decision.Effect == DecisionEffect.Deny);
    });

    [Fact]
    public void Evaluate_OfThePolicyReadBackFromItsCanonicalForm_SaysTheSame() => Gen.Select(AnyPolicy, AnyFacts).Sample((policy, facts) =>
    {
        // The reader refuses an observe row that may do more than read; evaluation holds without it.
        var readable = policy with { Baseline = policy.Baseline.Where(t => t.Key != AutonomyTier.Observe).ToDictionary() };
        var back = PolicyDefinition.FromCanonicalJson(readable.ToCanonicalJson());
        return back.ToCanonicalJson() == readable.ToCanonicalJson()
            && Shown(CompiledPolicy.Compile(back).Evaluate(facts)) == Shown(CompiledPolicy.Compile(readable).Evaluate(facts));
    });

    private static readonly Gen<PolicyDefinition> RisingPolicy = Gen.Select(AnyPolicy, Gen.Int[0, 4].Array[4]).Select((policy, steps) => policy with
    {
        // For each effect the decision is deny below one tier, review up to another, allow from there on.
        Baseline = Enum.GetValues<AutonomyTier>().ToDictionary(t => t, t => (IReadOnlyDictionary<EffectClass, DecisionEffect>)Enum.GetValues<EffectClass>().ToDictionary(
            e => e, e => (int)t < steps[(int)e] ? DecisionEffect.Deny : (int)t == steps[(int)e] ? DecisionEffect.Review : DecisionEffect.Allow)),
    });

    [Fact]
    public void Evaluate_AtALowerTier_IsNeverMorePermissive_WhenTheBaselineRises() => Gen.Select(RisingPolicy, AnyFacts, AnyTier).Sample((policy, facts, tier) =>
    {
        var (lower, higher) = tier < facts.Tier ? (tier, facts.Tier) : (facts.Tier, tier);
        return Decide(policy, facts with { Tier = lower }) >= Decide(policy, facts with { Tier = higher });
    });

    /// <summary>What an auditor does: the decision of a call, made again from the recorded version.</summary>
    [Fact]
    public void Evaluate_OfARecordedCallWithItsRecordedVersion_GivesTheRecordedDecision() => Gen.Select(AnyPolicy, AnyFacts).Sample((policy, facts) =>
    {
        var readable = policy with { Baseline = policy.Baseline.Where(t => t.Key != AutonomyTier.Observe).ToDictionary() };
        var recorded = JsonSerializer.Serialize(CompiledPolicy.Compile(readable).Evaluate(facts).Decision);
        var again = CompiledPolicy.Compile(PolicyDefinition.FromCanonicalJson(readable.ToCanonicalJson()));
        return JsonSerializer.Serialize(again.Evaluate(facts).Decision) == recorded;
    });

    private static readonly Gen<MatchDefinition> IndexedMatch = Gen.Select(
        Gen.Int[0, 4], OneOf("aws:s3:GetObject", "aws:**", "aws:s3:*", "*:s3:*", "aws:s3:Get*", "a**t", "aws:s3:GetObjec", "**").Array[1, 3], AnyEffect.Array[1, 2], Gen.Bool, (field, patterns, effects, byEffect) => new MatchDefinition
        {
            Action = field is 0 or 4 ? patterns : null, Tool = field == 1 ? patterns : null, Resource = field is 2 or 4 ? patterns : null, Agent = field == 3 ? patterns : null,
            Effect = byEffect ? effects : null,
        });

    /// <summary>An index may find rules, never lose them: each rule alone must match as it does among all others.</summary>
    [Fact]
    public void Evaluate_OfManyRules_FindsEveryRuleThatMatchesAlone() => Gen.Select(
        IndexedMatch.Array[1, 40], AnyEffect, OneOf("aws:s3:GetObject", "aws:ec2:x", "aws:s3", "", "a:t"), OneOf("aws:s3:GetObject", "x", "")).Sample((matches, effect, action, other) =>
    {
        var rules = matches.Select((m, i) => new RuleDefinition { Id = $"r{i}", Match = m, Decide = DecisionEffect.Deny }).ToList();
        var facts = CompiledPolicyTests.Facts(effect) with { Action = action, Tool = other, Resource = other, Agent = action };
        IEnumerable<string> Matching(params IReadOnlyList<RuleDefinition> some) =>
            CompiledPolicy.Compile(new PolicyDefinition { Name = "p", Rules = some }).Evaluate(facts).Decision.RuleIds.Where(id => id != "baseline");
        return Matching(rules).SequenceEqual(rules.SelectMany(r => Matching(r)).Order(StringComparer.Ordinal));
    });
}
