using GovernedAgents.Contracts;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;

namespace GovernedAgents.Grains.Tests;

public sealed class GateTests
{
    [Fact]
    public async Task Submit_OfAnAllowedCall_RunsItOnceAndJournalsEachStep()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var command = Gate.Call("read");
        var answer = await session.SubmitAsync(command);
        Assert.Equal(CallStatus.Succeeded, answer.Value?.State);
        Assert.Equal("{\"ok\":true}", answer.Value!.ResultJson);
        var again = await session.SubmitAsync(command);
        Assert.Equal(CallStatus.Succeeded, again.Value?.State);
        Assert.Equal([command.CallId], gate.Connector.Sent);
        var records = await gate.Journal.ReadAllAsync(0, 100, "environment/prod");
        Assert.Equal(["EnvironmentConfigured", "CallSubmitted", "CallDecided", "ExecutionStarted", "ExecutionFinished"], records.Select(record => record.Kind));
    }

    [Fact]
    public async Task Delete_RunsOnlyAfterTwoPeers_AndNeverByTheStarter()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        Assert.Equal(CallStatus.PendingReview, held.State);
        Assert.Equal("self-review", (await gate.VoteAsync(held.Approval!.Id, "dana")).Refusal?.Slug);
        Assert.Equal("not-eligible", (await gate.VoteAsync(held.Approval.Id, "eve", VoteDecision.Approve, "interns")).Refusal?.Slug);
        Assert.Null((await gate.VoteAsync(held.Approval.Id, "alice")).Refusal);
        Assert.True((await gate.VoteAsync(held.Approval.Id, "alice")).Value!.Repeated);
        Assert.Empty(gate.Connector.Sent);
        Assert.Equal(ApprovalStatus.Approved, (await gate.VoteAsync(held.Approval.Id, "bob")).Value?.State);
        Assert.Equal(CallStatus.Succeeded, (await gate.UntilAsync(held.Id, CallStatus.Succeeded)).State);
        Assert.Equal([held.Id], gate.Connector.Sent);
    }

    [Fact]
    public async Task Deny_ByOnePeer_EndsTheCall()
    {
        await using var gate = await Gate.StartAsync();
        var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
        await gate.VoteAsync(held.Approval!.Id, "alice");
        await gate.VoteAsync(held.Approval.Id, "bob", VoteDecision.Deny);
        var call = await gate.UntilAsync(held.Id, CallStatus.Denied);
        Assert.Equal("review-denied", call.Error?.Slug);
        Assert.Empty(gate.Connector.Sent);
    }

    [Fact]
    public async Task Submit_OverTheLimit_IsThrottledAndUsesNoKey()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        for (var call = 0; call < 5; call++) Assert.NotNull((await session.SubmitAsync(Gate.Call("write"))).Value);
        var over = await session.SubmitAsync(Gate.Call("write", "call_over"));
        Assert.Equal("throttled", over.Refusal?.Slug);
        Assert.Equal(["writes"], over.Refusal!.RuleIds);
        Assert.InRange(over.Refusal.RetryAfter!.Value, TimeSpan.FromMinutes(11), TimeSpan.FromMinutes(12));
        Assert.Null(await gate.Journal.FindClaimAsync("call_over"));
        Assert.Equal(5, gate.Connector.Sent.Count);
    }

    [Fact]
    public async Task Freeze_VoidsWhatWaits_AndRefusesWhatComes_UntilItIsLifted()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        var frozen = await gate.Environment.FreezeAsync(new FreezeChange { Freeze = true, Reason = "incident", By = "olga" });
        Assert.Equal("operator", Assert.Single(frozen.Value!.Frozen).Id);
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);
        Assert.Equal("already-decided", (await gate.VoteAsync(held.Approval!.Id, "alice")).Refusal?.Slug);
        Assert.Equal(["frozen:operator"], (await session.SubmitAsync(Gate.Call("write"))).Refusal?.RuleIds);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
        await gate.Environment.FreezeAsync(new FreezeChange { Freeze = false, Reason = "over", By = "olga" });
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
    }

    [Fact]
    public async Task Freeze_BetweenTheStartAndTheSending_LetsNothingOut()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var hold = new TaskCompletionSource();
        gate.Connector.BeforeLastCheck = hold.Task;
        var command = Gate.Call("write") with { Wait = TimeSpan.Zero };
        Assert.Equal(CallStatus.Executing, (await session.SubmitAsync(command)).Value?.State);
        Assert.NotNull((await gate.Environment.FreezeAsync(new FreezeChange { Freeze = true, Reason = "stop", By = "olga" })).Value);
        hold.SetResult();
        Assert.Equal(CallStatus.Failed, (await gate.UntilAsync(command.CallId, CallStatus.Failed)).State);
        Assert.Empty(gate.Connector.Sent);
    }

    [Theory]
    [InlineData(SessionVerb.Pause, "session-paused")]
    [InlineData(SessionVerb.Quarantine, "session-quarantined")]
    [InlineData(SessionVerb.End, "session-ended")]
    public async Task SessionChange_HoldsFromTheNextCallOn_AlsoForItsChildren(SessionVerb verb, string rule)
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var child = await gate.SessionAsync(parent: session.GetPrimaryKeyString());
        Assert.Null((await session.ChangeAsync(new SessionChange { Verb = verb, Reason = "look", By = "olga", AsOperator = true })).Refusal);
        Assert.Equal([rule], (await session.SubmitAsync(Gate.Call("read"))).Refusal?.RuleIds);
        Assert.Equal([rule], (await child.SubmitAsync(Gate.Call("read"))).Refusal?.RuleIds);
    }

    [Fact]
    public async Task Demotion_OfTheParent_LowersTheChild()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var child = await gate.SessionAsync(parent: session.GetPrimaryKeyString());
        await session.ChangeAsync(new SessionChange { Verb = SessionVerb.SetTier, Tier = AutonomyTier.Observe, Reason = "too eager", By = "olga" });
        Assert.Equal(["observe-reads-only"], (await child.SubmitAsync(Gate.Call("write"))).Refusal?.RuleIds);
    }

    [Fact]
    public async Task Halt_StopsEverything_AndKill_StopsOneAgent()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var fleet = gate.Grains.GetGrain<IFleetGrain>(0);
        Assert.True((await fleet.HaltAsync(true, "stop all", "olga")).Value!.Halted);
        Assert.Equal(["fleet-halted"], (await session.SubmitAsync(Gate.Call("read"))).Refusal?.RuleIds);
        await fleet.HaltAsync(false, "go on", "olga");
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
        Assert.True((await fleet.KillAsync("fixer", true, "rogue", "olga")).Value!.Killed);
        Assert.Equal(SessionStatus.Ended, (await session.ReadAsync())!.State);
        Assert.Contains("agent-killed", (await session.SubmitAsync(Gate.Call("read"))).Refusal!.RuleIds!);
    }

    [Fact]
    public async Task Restart_KeepsHeldCallsVotesAndKeys()
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var gate = await Gate.StartAsync(folder);
        var session = await gate.SessionAsync();
        var id = session.GetPrimaryKeyString();
        var read = Gate.Call("read");
        await session.SubmitAsync(read);
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        await gate.VoteAsync(held.Approval!.Id, "alice");
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder))
        {
            session = gate.Grains.GetGrain<IAgentSessionGrain>(id);
            Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(read)).Value?.State);
            Assert.Empty(gate.Connector.Sent);
            Assert.Equal("idempotency-key-reused", (await session.SubmitAsync(read with { RequestHash = "other" })).Refusal?.Slug);
            await gate.VoteAsync(held.Approval.Id, "bob");
            await gate.UntilAsync(held.Id, CallStatus.Succeeded);
            Assert.Equal([held.Id], gate.Connector.Sent);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task BadCalls_AreRefusedInTheApisWords_AndJournalNothing()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var before = gate.Journal.CommittedPos;
        Assert.Equal("unknown-tool", (await session.SubmitAsync(Gate.Call("nothing"))).Refusal?.Slug);
        Assert.Equal("unknown-environment", (await session.SubmitAsync(Gate.Call("read") with { Environment = "nowhere" })).Refusal?.Slug);
        var faults = (await session.SubmitAsync(Gate.Call("read", arguments: new { id = 7, other = 1 }))).Refusal!;
        Assert.Equal("invalid-arguments", faults.Slug);
        Assert.Equal(["/arguments/id", "/arguments/other"], faults.Errors!.Select(error => error.Pointer).Order());
        Assert.Equal(before, gate.Journal.CommittedPos);
    }
}
