using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class SequenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly CompiledPolicy Production = CompiledPolicy.Compile(Documents.Set(Documents.Policy).Policies["production"]);

    private static CallFacts Create(DateTimeOffset now, IReadOnlyDictionary<string, DateTimeOffset>? earlier = null) => CompiledPolicyTests.Facts(EffectClass.Mutate) with
    {
        Action = "aws:cloudformation:CreateStack", Now = now, Earlier = earlier ?? new Dictionary<string, DateTimeOffset>(),
    };

    [Fact]
    public void After_HoldsWithinItsDurationOfTheEarlierStart()
    {
        var mark = Assert.Single(Production.MarksOf(CompiledPolicyTests.Facts(EffectClass.Destroy)));
        Assert.Equal(TimeSpan.FromHours(1), mark.Within);
        var earlier = new Dictionary<string, DateTimeOffset> { [mark.Key] = Start };

        Assert.Equal(DecisionEffect.Allow, Production.Evaluate(Create(Start)).Decision.Effect);
        Assert.Equal(["recreate-is-suspicious", "baseline"], Production.Evaluate(Create(Start.AddHours(1), earlier)).Decision.RuleIds);
        Assert.Equal(DecisionEffect.Allow, Production.Evaluate(Create(Start.AddHours(1).AddTicks(1), earlier)).Decision.Effect);
        Assert.Equal(DecisionEffect.Allow, Production.Evaluate(Create(Start, earlier) with { Action = "aws:s3:PutObject" }).Decision.Effect);
        Assert.Empty(Production.MarksOf(Create(Start)));
    }

    [Fact]
    public void After_OfSeveralRulesWithOnePattern_IsMarkedOnce_ForTheLongest()
    {
        var policy = CompiledPolicy.Compile(Documents.PolicyOf("""
              rules:
                - { id: a, match: { after: { effect: [destroy], within: 1h } }, decide: deny }
                - { id: b, match: { after: { effect: destroy, within: 2h } }, decide: deny }
            """));
        Assert.Equal(TimeSpan.FromHours(2), Assert.Single(policy.MarksOf(CompiledPolicyTests.Facts(EffectClass.Destroy))).Within);
    }

    /// <summary>Were it let pass, a call could escape being followed by having an argument that the pattern cannot judge.</summary>
    [Fact]
    public void After_ThatCannotBeEvaluatedForACall_DeniesThatCall()
    {
        var policy = CompiledPolicy.Compile(Documents.PolicyOf("""
              baseline: { supervised: { mutate: allow } }
              rules: [ { id: r, match: { action: nothing, after: { args: { /n: { lessThan: 3 } }, within: 1h } }, decide: deny } ]
            """));
        Assert.Equal(["policy-fault", "r", "baseline"], policy.Evaluate(CompiledPolicyTests.Facts(EffectClass.Mutate, arguments: """{"n":"x"}""")).Decision.RuleIds);
        Assert.Equal(["baseline"], policy.Evaluate(CompiledPolicyTests.Facts(EffectClass.Mutate, arguments: """{"n":7}""")).Decision.RuleIds);
    }
}
