using GovernedAgents.Contracts;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Tests;

/// <summary>What a policy may ask of a review, through the grains and over restarts.</summary>
public sealed class ReviewTests
{
    private static string Policy(string review) => $$"""
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: p }
        spec:
          baseline: { supervised: { read: allow, mutate: allow, privilege: review, destroy: review } }
          review: {{review}}
        """;

    [Fact]
    public async Task Review_ThatWaitsTooLong_IsEscalatedOnce_AndMakesNobodyEligible()
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var policy = Policy("""{ quorum: [ { from: ["group:sre"], approvals: 1 } ], escalate: { after: 1s, to: ["group:leads"] } }""");
        string approval;
        await using (var gate = await Gate.StartAsync(folder, policy))
        {
            var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
            approval = held.Approval!.Id;
            Assert.Equal(["group:leads"], (await EscalatedAsync(gate, approval)).Escalations.Single().To);
            Assert.Equal("not-eligible", (await VoteAsync(gate, approval, "lea", "leads")).Refusal?.Slug);
        }

        await using (var gate = await Gate.StartAsync(folder, policy))
        {
            await gate.Grains.GetGrain<IApprovalGrain>(approval).SweepAsync();
            Assert.Single((await gate.Journal.ReadAllAsync(0, 1_000, $"approval/{approval}", TestContext.Current.CancellationToken)), record => record.Kind == nameof(ReviewEscalated));
            Assert.Null((await VoteAsync(gate, approval, "alice", "sre")).Refusal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Call_WithAWaitTimer_StartsOnlyAfterIt_AndCanBeWithdrawnMeanwhile()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("""{ quorum: [ { from: ["group:sre"], approvals: 1 } ], waitTimer: 2s }"""));
        var session = await gate.SessionAsync();
        var runs = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        var withdrawn = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        foreach (var held in new[] { runs, withdrawn })
        {
            await gate.VoteAsync(held.Approval!.Id, "alice");
            await gate.UntilAsync(held.Id, CallStatus.Approved);
        }

        Assert.Empty(gate.Connector.Sent);
        Assert.Null((await gate.Environment.CancelAsync(withdrawn.Id, "dana")).Refusal);
        await gate.UntilAsync(runs.Id, CallStatus.Succeeded);
        var records = await gate.Journal.ReadAllAsync(0, 1_000, null, TestContext.Current.CancellationToken);
        var approvedAt = records.First(record => record.Kind == nameof(QuorumReached) && record.Stream == $"approval/{runs.Approval!.Id}").At;
        var startedAt = records.First(record => record.Event is ExecutionStarted started && started.Call == runs.Id).At;
        Assert.True(startedAt - approvedAt >= TimeSpan.FromSeconds(2), $"It started {startedAt - approvedAt} after the quorum.");
        Assert.Equal([runs.Id], gate.Connector.Sent);
    }

    [Fact]
    public async Task Conjunction_NeedsAPersonOfEachGroup_AndTwoDenialsWhereThePolicySaysSo()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("""{ quorum: [ { from: ["group:sre"], approvals: 1 }, { from: ["group:owners"], approvals: 1 } ], denials: 2 }"""));
        var session = await gate.SessionAsync();
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        Assert.Null((await VoteAsync(gate, held.Approval!.Id, "alice", "sre")).Refusal);
        Assert.Equal(ApprovalStatus.Pending, (await VoteAsync(gate, held.Approval.Id, "adam", "sre")).Value!.State);
        Assert.Equal(ApprovalStatus.Pending, (await VoteAsync(gate, held.Approval.Id, "nina", "owners", VoteDecision.Deny)).Value!.State);
        Assert.Equal(ApprovalStatus.Approved, (await VoteAsync(gate, held.Approval.Id, "olaf", "owners")).Value!.State);
        await gate.UntilAsync(held.Id, CallStatus.Succeeded);

        var second = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        await VoteAsync(gate, second.Approval!.Id, "nina", "owners", VoteDecision.Deny);
        Assert.Equal(ApprovalStatus.Denied, (await VoteAsync(gate, second.Approval.Id, "adam", "sre", VoteDecision.Deny)).Value!.State);
    }

    [Fact]
    public async Task Vote_WhoseTokenEndsBeforeTheStart_VoidsTheApproval()
    {
        await using var gate = await Gate.StartAsync(policy: Policy("""{ quorum: [ { from: ["group:sre"], approvals: 1 } ], waitTimer: 3s }"""));
        var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
        var until = gate.Services.GetService(typeof(GovernedAgents.Grains.Journal.JournalClock)) is GovernedAgents.Grains.Journal.JournalClock clock ? clock.Now.AddSeconds(1.5) : default;
        Assert.Null((await VoteAsync(gate, held.Approval!.Id, "alice", "sre", until: until)).Refusal);
        await gate.UntilAsync(held.Id, CallStatus.Voided);
        Assert.Empty(gate.Connector.Sent);
    }

    private static async Task<ApprovalSnapshot> EscalatedAsync(Gate gate, string approval)
    {
        for (var round = 0; round < 600; round++)
        {
            var seen = (await gate.Grains.GetGrain<IApprovalGrain>(approval).ReadAsync())!;
            if (seen.Escalations.Count > 0) return seen;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("The review was not escalated within 30 s.");
    }

    private static async Task<Answer<ApprovalSnapshot>> VoteAsync(Gate gate, string approval, string who, string group, VoteDecision decision = VoteDecision.Approve, DateTimeOffset? until = null)
    {
        var grain = gate.Grains.GetGrain<IApprovalGrain>(approval);
        var shown = (await grain.ReadAsync())!;
        var voter = Gate.Person(who, group);
        return await grain.VoteAsync(new CastVote
        {
            Voter = until is null ? voter : voter with { ExpiresAt = until }, Decision = decision, CallHash = shown.CallHash, RenderHash = shown.RenderHash, PolicyVersion = shown.PolicyVersion, IfMatch = shown.RenderHash,
        });
    }
}
