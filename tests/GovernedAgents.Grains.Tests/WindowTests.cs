using GovernedAgents.Contracts;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;

namespace GovernedAgents.Grains.Tests;

/// <summary>What looks back over several calls, through the real gate: sequences, tripwires, limits that environments share.</summary>
public sealed class WindowTests
{
    private const string Second = """

        ---
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: second }
        spec:
          class: staging
          owners: ["group:owners"]
          access: ["group:developers"]
          policy: p
          intake: 100000/1s
          tools: [ { connector: http, name: t, url: "http://127.0.0.1:1" } ]
        """;

    private static string Policy(string more, string baseline = "read: allow, mutate: allow, destroy: allow") => $$"""
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: p }
        spec:
          baseline:
            propose: { read: allow, mutate: review, destroy: review }
            supervised: { {{baseline}} }
          review: { quorum: [ { from: ["group:sre"], approvals: 1 } ] }
          {{more}}
        """;

    [Fact]
    public async Task After_HoldsForTheSessionWhoseEarlierCallStarted_AlsoAfterARestart()
    {
        const string rule = "rules: [ { id: no-write-after-delete, match: { tool: t.write, after: { tool: t.delete, within: 1h } }, decide: deny } ]";
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var gate = await Gate.StartAsync(folder, Policy(rule));
        var session = await gate.SessionAsync();
        var other = await gate.SessionAsync();
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        Assert.Equal(CallStatus.DryRun, (await session.SubmitAsync(Gate.Call("delete", dryRun: true))).Value?.State);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("delete"))).Value?.State);
        Assert.Contains("no-write-after-delete", (await session.SubmitAsync(Gate.Call("write"))).Refusal!.RuleIds!);
        Assert.Equal(CallStatus.Succeeded, (await other.SubmitAsync(Gate.Call("write"))).Value?.State);
        var id = session.GetPrimaryKeyString();
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder, Policy(rule)))
            Assert.Contains("no-write-after-delete", (await gate.Grains.GetGrain<IAgentSessionGrain>(id).SubmitAsync(Gate.Call("write"))).Refusal!.RuleIds!);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task After_OfAnApprovedCall_IsJudgedAsOfItsSubmission()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("rules: [ { id: second-write, match: { tool: t.write, after: { tool: t.delete, within: 1h } }, decide: review } ]"));
        var session = await gate.SessionAsync();
        await session.SubmitAsync(Gate.Call("delete"));
        var held = (await session.SubmitAsync(Gate.Call("write"))).Value!;
        Assert.Equal(["second-write", "baseline"], held.Decision.RuleIds);
        await session.SubmitAsync(Gate.Call("delete"));
        await gate.VoteAsync(held.Approval!.Id, "alice");
        Assert.Equal(CallStatus.Succeeded, (await gate.UntilAsync(held.Id, CallStatus.Succeeded, CallStatus.Voided)).State);
    }

    [Fact]
    public async Task Tripwire_ThatQuarantines_HoldsFromTheNextCallOn_AndVoidsWhatWasHeld()
    {
        await using var gate = await Gate.StartAsync(policy: Policy(
            "tripwires: [ { id: probing, when: { decisions: [deny], atLeast: 3, within: 10m, per: session }, then: quarantineSession } ]\n  rules: [ { id: never, match: { tool: t.delete }, decide: deny } ]",
            "read: allow, mutate: review"));
        var session = await gate.SessionAsync();
        var other = await gate.SessionAsync();
        var held = (await session.SubmitAsync(Gate.Call("write"))).Value!;
        await session.SubmitAsync(Gate.Call("delete", dryRun: true));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
            Assert.Equal(["baseline", "never"], (await session.SubmitAsync(Gate.Call("delete"))).Refusal?.RuleIds);
        }

        Assert.Equal(["session-quarantined"], (await session.SubmitAsync(Gate.Call("read"))).Refusal?.RuleIds);
        Assert.Equal(SessionStatus.Quarantined, (await session.ReadAsync())!.State);
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);
        Assert.Equal(CallStatus.Succeeded, (await other.SubmitAsync(Gate.Call("read"))).Value?.State);

        // What the quarantine itself refuses is no probing: the operator's word holds.
        Assert.Null((await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Resume, Reason = "looked", By = "olga", AsOperator = true })).Refusal);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
    }

    [Fact]
    public async Task Tripwire_ThatDemotes_LowersTheSessionByOneTier()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("tripwires: [ { id: failing, when: { outcomes: [failed], atLeast: 1, within: 1h, per: session }, then: demoteSession } ]"));
        var session = await gate.SessionAsync();
        gate.Connector.Answer = _ => Task.FromResult(new ExecutionOutcome { Kind = OutcomeKind.Failed, ErrorSlug = "broken", ErrorDetail = "It broke." });
        Assert.Equal(CallStatus.Failed, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        Assert.Equal(AutonomyTier.Propose, (await session.ReadAsync())!.Tier);
        Assert.Equal(CallStatus.PendingReview, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
    }

    [Fact]
    public async Task Tripwire_ThatFreezes_StopsTheEnvironment_UntilAnOperatorLiftsIt()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("tripwires: [ { id: unknowns, when: { outcomes: [unknown], atLeast: 1, within: 1h, per: environment }, then: freezeEnvironment } ]"));
        var session = await gate.SessionAsync();
        gate.Connector.Answer = request => Task.FromResult(new ExecutionOutcome { Kind = request.Tool.Name == "t.delete" ? OutcomeKind.Unknown : OutcomeKind.Succeeded, ErrorSlug = "silence", ErrorDetail = "No answer." });
        Assert.Equal(CallStatus.OutcomeUnknown, (await session.SubmitAsync(Gate.Call("delete"))).Value?.State);
        Assert.Equal(["frozen:unknowns"], (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("write"))).Refusal?.RuleIds);
        Assert.Equal("unknowns", Assert.Single((await gate.Environment.ReadAsync())!.Frozen).Id);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
        await gate.Environment.FreezeAsync(new FreezeChange { Freeze = false, Reason = "looked", By = "olga" });
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
    }

    [Theory]
    [InlineData("fleet", false)]
    [InlineData("fleet", true)]
    [InlineData("agent", false)]
    [InlineData("agent", true)]
    [InlineData("principal", false)]
    [InlineData("principal", true)]
    [InlineData("tool", false)]
    [InlineData("tool", true)]
    public async Task SharedLimit_HoldsOverEnvironmentsExactly_AndOverARestart(string per, bool leased)
    {
        var policy = Policy($"limits: [ {{ id: together, per: {per}, match: {{ effect: mutate }}, rate: 10/1h }} ]") + Second;
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var gate = await Gate.StartAsync(folder, policy, leased: leased);
        var sessions = new[] { await gate.SessionAsync(), await gate.SessionAsync() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => sessions[i % 2].SubmitAsync(Gate.Call("write") with { Environment = i % 3 == 0 ? "second" : Gate.Production })));
        Assert.Equal(10, gate.Connector.Sent.Count);
        Assert.Equal(20, answers.Count(answer => answer.Refusal is { Slug: "throttled" } refusal && refusal.RuleIds!.Single() == "together"));
        foreach (var name in new[] { "second", Gate.Production })
            Assert.Equal(0, Assert.Single((await gate.Grains.GetGrain<IEnvironmentGrain>(name).ReadAsync())!.Limits).Available);
        Assert.Equal(CallStatus.Succeeded, (await sessions[0].SubmitAsync(Gate.Call("read"))).Value?.State);
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder, policy, leased: leased))
        {
            var session = await gate.SessionAsync();
            Assert.Equal("throttled", (await session.SubmitAsync(Gate.Call("write"))).Refusal?.Slug);
            Assert.Equal("throttled", (await session.SubmitAsync(Gate.Call("write") with { Environment = "second" })).Refusal?.Slug);
            Assert.Empty(gate.Connector.Sent);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void SharedLimits_BeforeEveryEnvironmentWasHeard_LetNothingThrough()
    {
        var limits = new SingleSiloLimits();
        var now = DateTimeOffset.UnixEpoch;
        IReadOnlyList<Policy.Policies.LimitSpend> spend = [new("l:fleet:p:", "l", 1, TimeSpan.FromHours(1), 1)];
        Assert.False(limits.TrySpend(spend, now).Allowed);
        limits.AllKnown();
        Assert.True(limits.TrySpend(spend, now, askOnly: true).Allowed);
        Assert.True(limits.TrySpend(spend, now).Allowed);
        Assert.Equal(TimeSpan.FromHours(1), limits.TrySpend(spend, now).RetryAfter);
    }
}
