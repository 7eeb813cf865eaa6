using System.Text.Json;
using CsCheck;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Tests.Configuration;
using Xunit;

namespace GovernedAgents.Policy.Tests.Policies;

public sealed class LimitLevelsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static LimitSpend Limit(int count, TimeSpan window, int burst, string id = "l") => new($"{id}:session:s", id, count, window, burst);

    [Fact]
    public void TrySpend_WhenTheBurstIsSpent_WaitsExactlyUntilOneIsBack()
    {
        // 3 a second does not divide into ticks: 3,333,333.3 each.
        IReadOnlyList<LimitSpend> limit = [Limit(3, TimeSpan.FromSeconds(1), 2)];
        var levels = LimitLevels.Empty.TrySpend(limit, Start).Next.TrySpend(limit, Start).Next;
        var refused = levels.TrySpend(limit, Start);
        Assert.Equal((false, "l", 3_333_334L), (refused.Allowed, refused.LimitId, refused.RetryAfter.Ticks));
        Assert.Same(levels, refused.Next);
        Assert.False(levels.TrySpend(limit, Start.AddTicks(3_333_333)).Allowed);
        Assert.True(levels.TrySpend(limit, Start.AddTicks(3_333_334)).Allowed);
    }

    [Fact]
    public void TrySpend_AtExactlyTheRate_DoesNotDrift()
    {
        IReadOnlyList<LimitSpend> limit = [Limit(3, TimeSpan.FromSeconds(1), 2)];
        var levels = LimitLevels.Empty.Spend(limit, Start).Spend(limit, Start);
        for (var i = 1; i <= 3000; i++)
        {
            var at = Start.AddTicks(((i * 10_000_000L) + 2) / 3);
            var decision = levels.TrySpend(limit, at);
            Assert.True(decision.Allowed, $"start {i}");
            levels = decision.Next;
        }

        Assert.False(levels.TrySpend(limit, Start.AddSeconds(1000)).Allowed);
    }

    [Fact]
    public void TrySpend_WhenOneOfTwoLimitsIsSpent_SpendsInNeither()
    {
        var wide = Limit(10, TimeSpan.FromMinutes(1), 10, "wide");
        var tight = Limit(1, TimeSpan.FromHours(1), 1, "tight");
        var levels = LimitLevels.Empty.TrySpend([wide, tight], Start).Next;
        var refused = levels.TrySpend([wide, tight], Start);
        Assert.Equal((false, "tight", TimeSpan.FromHours(1)), (refused.Allowed, refused.LimitId, refused.RetryAfter));
        Assert.Equal(9, refused.Next.Available(wide, Start));
    }

    [Fact]
    public void Spend_AfterAChangeOfNumbers_KeepsTheLevelClippedToTheNewBurst()
    {
        var old = Limit(60, TimeSpan.FromMinutes(1), 10);
        var levels = LimitLevels.Empty;
        for (var i = 0; i < 3; i++) levels = levels.Spend([old], Start);
        Assert.Equal(7, levels.Available(old, Start));
        Assert.Equal(5, levels.Available(Limit(1, TimeSpan.FromHours(1), 5), Start));
        Assert.Equal(7, levels.Available(Limit(1, TimeSpan.FromHours(1), 20), Start));
        // By then it would be full under its own numbers: then it is as if it had never been spent from.
        Assert.Equal(20, levels.Available(Limit(1, TimeSpan.FromHours(1), 20), Start + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void LimitsFor_KeysByScopeAndCountsMatchesOnly()
    {
        var policy = CompiledPolicy.Compile(Documents.Set(Documents.Policy).Policies["production"]);
        var facts = CompiledPolicyTests.Facts(EffectClass.Mutate);
        Assert.Equal(["writes:session:ses_1"], policy.LimitsFor(facts).Select(l => l.Key));
        Assert.Equal(["deletes:environment:cost-explorer-cn-prod"], policy.LimitsFor(facts with { Effect = EffectClass.Destroy }).Select(l => l.Key));
        Assert.Equal(["calls:agent:production:ops-assistant"], policy.SharedLimitsFor(facts).Select(l => l.Key));

        var (levels, shared) = (LimitLevels.Empty, LimitLevels.Empty);
        foreach (var session in new[] { "ses_1", "ses_2", "ses_2" })
        {
            levels = levels.Spend(policy.LimitsFor(facts with { Session = session }), Start);
            shared = shared.Spend(policy.SharedLimitsFor(facts with { Session = session }), Start);
        }

        Assert.Equal(
            [("calls", "agent", 597, 600, "600/60s"), ("deletes", "environment", 3, 3, "3/86400s"), ("writes", "session", 8, 10, "30/60s")],
            policy.LimitStandings(levels, shared, Start).Select(s => (s.Id, s.Per, s.Available, s.Burst, s.Rate)));
    }

    [Theory]
    [InlineData("agent", "l:agent:p:ops-assistant")]
    [InlineData("principal", "l:principal:p:bob")]
    [InlineData("tool", "l:tool:p:aws.call")]
    [InlineData("fleet", "l:fleet:p:")]
    public void SharedLimitsFor_KeysByPolicyAndScope_WhateverTheEnvironment(string per, string key)
    {
        var policy = CompiledPolicy.Compile(Documents.PolicyOf($"  limits: [ {{ id: l, per: {per}, rate: 1/1s }} ]"));
        var facts = CompiledPolicyTests.Facts(EffectClass.Mutate);
        Assert.Equal([key], policy.SharedLimitsFor(facts with { Environment = "another" }).Select(l => l.Key));
        Assert.Empty(policy.LimitsFor(facts));
    }

    /// <summary>Several environments spend from one bucket in turn; each journals the level that its own start left. The newest of their words is the bucket.</summary>
    [Fact]
    public void Merge_OfWhatEachEnvironmentRecorded_IsTheLevelThatWasLeft_InAnyOrder() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 5], Gen.Select(Gen.Int[0, 2], Gen.Long[0, 30_000_000]).Array[1, 60], Gen.Int).Sample((count, burst, starts, seed) =>
        {
            var spend = new LimitSpend("l:fleet:p:", "l", count, TimeSpan.FromSeconds(30), burst);
            var (ledger, at) = (LimitLevels.Empty, Start);
            var recorded = new[] { LimitLevels.Empty, LimitLevels.Empty, LimitLevels.Empty };
            foreach (var (environment, gap) in starts)
            {
                at = at.AddTicks(gap);
                var decision = ledger.TrySpend([spend], at);
                if (!decision.Allowed) continue;
                ledger = decision.Next;
                recorded[environment] = recorded[environment].Merge(LimitLevels.FromStored(decision.Next.Only([spend]).ToStored()), at);
            }

            var random = new Random(seed);
            var learnt = recorded.OrderBy(_ => random.Next()).Aggregate(LimitLevels.Empty, (levels, one) => levels.Merge(one, at));
            return Enumerable.Range(0, 5).All(s => learnt.Available(spend, at.AddSeconds(s)) == ledger.Available(spend, at.AddSeconds(s)));
        });

    [Fact]
    public void Spend_OfManySessions_ForgetsTheFullBuckets()
    {
        var levels = LimitLevels.Empty;
        for (var i = 0; i < 10_000; i++)
            levels = levels.Spend([new LimitSpend($"l:session:{i}", "l", 1, TimeSpan.FromSeconds(10), 1)], Start.AddSeconds(i));
        Assert.InRange(levels.Count, 1, 64);
    }

    private static readonly Gen<(LimitSpend Limit, long[] Gaps)> AnyTraffic = Gen.Select(
        Gen.Int[1, 50], Gen.Int[1, 600], Gen.Int[1, 20], Gen.OneOf(Gen.Long[0, 100], Gen.Long[0, 50_000_000], Gen.Long[-5_000_000, 900_000_000]).Array[1, 120],
        (count, seconds, burst, gaps) => (Limit(count, TimeSpan.FromSeconds(seconds), burst), gaps));

    [Fact]
    public void TrySpend_InAnyWindow_NeverExceedsBurstPlusRate() => AnyTraffic.Sample(traffic =>
    {
        var (limit, gaps) = traffic;
        var levels = LimitLevels.Empty;
        var at = Start;
        var starts = new List<long>();
        foreach (var gap in gaps)
        {
            // A clock that steps back gives nothing back.
            at = at.AddTicks(gap);
            var decision = levels.TrySpend([limit], at);
            if (!decision.Allowed)
            {
                if (decision.RetryAfter <= TimeSpan.Zero || levels.TrySpend([limit], at + decision.RetryAfter - TimeSpan.FromTicks(1)).Allowed) return false;
                if (!levels.TrySpend([limit], at + decision.RetryAfter).Allowed) return false;
                continue;
            }

            levels = decision.Next;
            starts.Add(Math.Max(at.UtcTicks, starts.Count == 0 ? long.MinValue : starts[^1]));
        }

        for (var i = 0; i < starts.Count; i++)
            for (var j = i; j < starts.Count; j++)
                if ((Int128)(j - i + 1 - limit.Burst) * limit.Window.Ticks > (Int128)(starts[j] - starts[i]) * limit.Count) return false;
        return true;
    });

    [Fact]
    public void Spend_OfTheRecordedStarts_GivesTheSameLevelsAlsoFromASnapshot() => Gen.Select(AnyTraffic, Gen.Int[0, 120]).Sample((traffic, cut) =>
    {
        var (limit, gaps) = traffic;
        LimitLevels live = LimitLevels.Empty, replayed = LimitLevels.Empty;
        var at = Start;
        for (var i = 0; i < gaps.Length; i++)
        {
            at = at.AddTicks(Math.Abs(gaps[i]));
            var decision = live.TrySpend([limit], at);
            live = decision.Next;
            if (decision.Allowed) replayed = replayed.Spend([limit], at);
            if (i == cut) replayed = JsonSerializer.Deserialize<LimitLevels>(JsonSerializer.Serialize(replayed))!;
        }

        return JsonSerializer.Serialize(live) == JsonSerializer.Serialize(replayed);
    });
}
