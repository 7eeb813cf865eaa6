using System.Text.Json;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class CompiledPolicyTests
{
    private static readonly CompiledPolicy Production = CompiledPolicy.Compile(Documents.Set(Documents.Policy).Policies["production"]);

    internal static CallFacts Facts(EffectClass effect, AutonomyTier tier = AutonomyTier.Supervised, string arguments = "{}") => new()
    {
        Environment = "cost-explorer-cn-prod", Class = EnvironmentClass.Production, Session = "ses_1", Agent = "ops-assistant", Principal = "bob",
        Groups = ["developers"], Tier = tier, Tool = "aws.call", Action = "aws:cloudformation:DeleteStack", Effect = effect,
        Resource = "arn:aws-cn:cloudformation:cn-north-1:1:stack/cost-explorer-prod/9", Arguments = JsonDocument.Parse(arguments).RootElement,
        Labels = new Dictionary<string, string> { ["ticket"] = "OPS-1" }, EnvironmentLabels = new Dictionary<string, string> { ["service"] = "cost-explorer" },
    };

    private static CompiledPolicy Policy(string spec) => CompiledPolicy.Compile(Documents.PolicyOf(spec));

    [Theory]
    [InlineData(AutonomyTier.Observe, EffectClass.Read, DecisionEffect.Allow)]
    [InlineData(AutonomyTier.Observe, EffectClass.Mutate, DecisionEffect.Deny)]
    [InlineData(AutonomyTier.Propose, EffectClass.Mutate, DecisionEffect.Review)]
    [InlineData(AutonomyTier.Supervised, EffectClass.Mutate, DecisionEffect.Allow)]
    [InlineData(AutonomyTier.Supervised, EffectClass.Privilege, DecisionEffect.Review)]
    [InlineData(AutonomyTier.Autonomous, EffectClass.Destroy, DecisionEffect.Review)]
    public void Evaluate_WithoutAMatchingRule_IsTheBaselineCell(AutonomyTier tier, EffectClass effect, DecisionEffect expected)
    {
        var verdict = Production.Evaluate(Facts(effect, tier));
        Assert.Equal(expected, verdict.Decision.Effect);
        Assert.Equal(Production.Version, verdict.Decision.PolicyVersion);
        Assert.Equal(tier == AutonomyTier.Observe && effect > EffectClass.Read ? ["observe-reads-only"] : ["baseline"], verdict.Decision.RuleIds);
        if (expected != DecisionEffect.Review) Assert.Empty(verdict.Requirements);
        else Assert.Equal(("baseline", 2), (verdict.Requirements.Single().RuleId, verdict.Requirements[0].Quorum[0].Approvals));
    }

    [Fact]
    public void Evaluate_OfTheIncident_AsksTheOwnerAndTakesTheRestFromTheDefault()
    {
        var verdict = Production.Evaluate(Facts(EffectClass.Destroy, arguments: """{"parameters":{"force":true}}"""));
        Assert.Equal(DecisionEffect.Review, verdict.Decision.Effect);
        Assert.Equal(["baseline", "delete-needs-owner"], verdict.Decision.RuleIds);
        var requirement = Assert.Single(verdict.Requirements);
        Assert.Equal("delete-needs-owner", requirement.RuleId);
        Assert.Equal(["group:sre", "group:cost-explorer"], requirement.Quorum.Select(s => s.From.Single()));
        Assert.Equal(
            (1, TimeSpan.FromHours(4), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1)),
            (requirement.Denials, requirement.ExpiresAfter, requirement.WaitTimer, requirement.StepUp, requirement.EscalateAfter));
    }

    [Fact]
    public void Evaluate_WhenSeveralReviewRulesMatch_DemandsThemAll()
    {
        var policy = Policy("""
              review: { quorum: [ { from: [group:sre], approvals: 1 } ] }
              rules:
                - { id: b, match: { effect: destroy }, decide: review }
                - { id: a, match: { class: production }, decide: review, review: { quorum: [ { from: [person:eve], approvals: 1 } ] } }
            """);
        var verdict = policy.Evaluate(Facts(EffectClass.Destroy) with { Tier = AutonomyTier.Autonomous });
        // The baseline is missing, so all is denied; an allow rule lifts the base and leaves the reviews.
        Assert.Equal(DecisionEffect.Deny, verdict.Decision.Effect);
        Assert.Equal(["baseline", "a", "b"], verdict.Decision.RuleIds);

        var lifted = Policy("""
              review: { quorum: [ { from: [group:sre], approvals: 1 } ] }
              rules:
                - { id: z, match: {}, decide: allow }
                - { id: b, match: { effect: destroy }, decide: review }
                - { id: a, match: { class: production }, decide: review, review: { quorum: [ { from: [person:eve], approvals: 1 } ] } }
            """).Evaluate(Facts(EffectClass.Destroy));
        Assert.Equal((DecisionEffect.Review, "a,b,z"), (lifted.Decision.Effect, string.Join(',', lifted.Decision.RuleIds)));
        Assert.Equal(["a", "b"], lifted.Requirements.Select(r => r.RuleId));
        Assert.Equal(["person:eve", "group:sre"], lifted.Requirements.Select(r => r.Quorum[0].From[0]));
    }

    [Fact]
    public void Evaluate_AtTierObserve_IsNotLiftedByAnAllowRule()
    {
        var policy = Policy("  rules: [ { id: all, match: {}, decide: allow } ]");
        Assert.Equal(DecisionEffect.Allow, policy.Evaluate(Facts(EffectClass.Read, AutonomyTier.Observe)).Decision.Effect);
        Assert.Equal(DecisionEffect.Deny, policy.Evaluate(Facts(EffectClass.Mutate, AutonomyTier.Observe)).Decision.Effect);
        Assert.Equal(DecisionEffect.Allow, policy.Evaluate(Facts(EffectClass.Destroy, AutonomyTier.Propose)).Decision.Effect);
    }

    [Theory]
    [InlineData("tool: 'aws.*'", true)]
    [InlineData("tool: [x, aws.call]", true)]
    [InlineData("tool: aws", false)]
    [InlineData("action: 'aws:*:Delete*'", true)]
    [InlineData("action: 'aws:*'", false)]
    [InlineData("action: 'aws:**'", true)]
    [InlineData("action: '*:*:Create*'", false)]
    [InlineData("resource: 'arn:aws-cn:*:*:*:stack/cost-explorer**'", true)]
    [InlineData("resource: 'arn:aws-cn:*:*:*:stack/cost-explorer*'", false)]
    [InlineData("resource: '**'", true)]
    [InlineData("effect: [read, destroy]", true)]
    [InlineData("class: staging", false)]
    [InlineData("tier: supervised", true)]
    [InlineData("agent: 'ops-*'", true)]
    [InlineData("principal: alice", false)]
    [InlineData("group: [sre, developers]", true)]
    [InlineData("group: sre", false)]
    [InlineData("labels: { ticket: 'OPS-*' }", true)]
    [InlineData("labels: { ticket: 'OPS-*', team: x }", false)]
    [InlineData("environmentLabels: { service: [cost-explorer] }", true)]
    [InlineData("effect: destroy, class: staging", false)]
    [InlineData("args: { /n: { equals: 7 } }", true)]
    [InlineData("args: { /n: { equals: 7.0 } }", true)]
    [InlineData("args: { /n: { equals: '7' } }", false)]
    [InlineData("args: { /n: { notEquals: '7' } }", true)]
    [InlineData("args: { /n: { notEquals: 7 } }", false)]
    [InlineData("args: { /n: { in: [1, 7] } }", true)]
    [InlineData("args: { /n: { greaterThan: 6, lessThan: 7.5 } }", true)]
    [InlineData("args: { /n: { greaterThan: 7 } }", false)]
    [InlineData("args: { /s: { like: 'a:*' } }", true)]
    [InlineData("args: { /s: { like: 'a' } }", false)]
    [InlineData("args: { /s: { matches: 'b+$' } }", true)]
    [InlineData("args: { /s: { matches: '^b' } }", false)]
    [InlineData("args: { /list/1: { equals: two } }", true)]
    [InlineData("args: { /list/01: { exists: true } }", false)]
    [InlineData("args: { /list/2: { exists: true } }", false)]
    [InlineData("args: { /o: { equals: { b: [1], a: null } } }", true)]
    [InlineData("args: { /null: { equals: null } }", true)]
    [InlineData("args: { /null: { exists: true } }", true)]
    [InlineData("args: { /gone: { exists: false } }", true)]
    [InlineData("args: { /gone: { notEquals: 1 } }", true)]
    [InlineData("args: { /gone: { equals: null } }", false)]
    [InlineData("args: { /gone: { lessThan: 1 } }", false)]
    [InlineData("args: { /gone: { matches: '' } }", false)]
    [InlineData("args: { /s/deep/er: { exists: false } }", true)]
    [InlineData("args: { '/a~1b': { equals: 1 } }", true)]
    public void Evaluate_OfOneRule_MatchesAsWritten(string match, bool matches)
    {
        var match2 = match == "args: { /gone: { matches: '' } }" ? "args: { /gone: { matches: x } }" : match;
        var policy = Policy($"  baseline: {{ supervised: {{ destroy: allow }} }}\n  rules: [ {{ id: r, match: {{ {match2} }}, decide: deny }} ]");
        var verdict = policy.Evaluate(Facts(EffectClass.Destroy, arguments: """{"n":7,"s":"a:bbb","list":["one","two"],"o":{"a":null,"b":[1]},"null":null,"a/b":1}"""));
        Assert.Equal(matches ? DecisionEffect.Deny : DecisionEffect.Allow, verdict.Decision.Effect);
        Assert.DoesNotContain("policy-fault", verdict.Decision.RuleIds);
    }

    [Theory]
    [InlineData("args: { /s: { lessThan: 1 } }")]
    [InlineData("args: { /n: { like: '*' } }")]
    [InlineData("args: { /n: { matches: '7' } }")]
    [InlineData("args: { /big: { like: '**' } }")]
    [InlineData("args: { /big: { matches: 'a' } }")]
    [InlineData("args: { /s: { lessThan: 1 }, /n: { equals: 7 } }")]
    public void Evaluate_OfARuleThatCannotBeEvaluated_DeniesWithItsName(string match)
    {
        var arguments = $$"""{"n":7,"s":"x","big":"{{new string('a', (64 * 1024) + 1)}}"}""";
        foreach (var decide in new[] { "allow", "deny" })
        {
            var policy = Policy($"  baseline: {{ supervised: {{ destroy: allow }} }}\n  rules: [ {{ id: r, match: {{ {match} }}, decide: {decide} }} ]");
            var verdict = policy.Evaluate(Facts(EffectClass.Destroy, arguments: arguments));
            Assert.Equal((DecisionEffect.Deny, "policy-fault,r,baseline"), (verdict.Decision.Effect, string.Join(',', verdict.Decision.RuleIds)));
        }

        var limit = Policy($"  baseline: {{ supervised: {{ destroy: allow }} }}\n  limits: [ {{ id: l, per: session, rate: 1/1d, match: {{ {match} }} }} ]");
        Assert.Equal(DecisionEffect.Deny, limit.Evaluate(Facts(EffectClass.Destroy, arguments: arguments)).Decision.Effect);
        Assert.Single(limit.LimitsFor(Facts(EffectClass.Destroy, arguments: arguments)));
    }

    [Fact]
    public void Evaluate_WhenAnotherFieldCertainlyFails_IsNoFaultInAnyOrder()
    {
        foreach (var args in new[] { "/s: { lessThan: 1 }, /n: { equals: 8 }", "/n: { equals: 8 }, /s: { lessThan: 1 }" })
        {
            var policy = Policy($"  baseline: {{ supervised: {{ destroy: allow }} }}\n  rules: [ {{ id: r, match: {{ args: {{ {args} }} }}, decide: deny }} ]");
            Assert.Equal(DecisionEffect.Allow, policy.Evaluate(Facts(EffectClass.Destroy, arguments: """{"n":7,"s":"x"}""")).Decision.Effect);
        }
    }

    [Fact]
    public void FreezesAt_HoldsFromItsStartUntilBeforeItsEnd()
    {
        var start = new DateTimeOffset(2026, 12, 20, 0, 0, 0, TimeSpan.Zero);
        Assert.Empty(Production.FreezesAt(start.AddTicks(-1), EffectClass.Destroy));
        Assert.Equal("year-end", Production.FreezesAt(start, EffectClass.Destroy).Single().Id);
        Assert.Empty(Production.FreezesAt(start, EffectClass.Read));
        Assert.Single(Production.FreezesAt(start.AddDays(15).AddTicks(-1), EffectClass.Mutate));
        Assert.Empty(Production.FreezesAt(start.AddDays(15), EffectClass.Mutate));
    }
}
