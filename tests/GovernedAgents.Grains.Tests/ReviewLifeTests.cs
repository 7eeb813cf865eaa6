using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Grains.Tests;

/// <summary>What a review asks for holds across restarts, and everything that it was about must be unchanged at the start.</summary>
public sealed class ReviewLifeTests
{
    private const string TwoSres = """quorum: [ { from: ["group:sre"], approvals: 2 } ]""";

    [Fact]
    public async Task WaitTimer_AcrossARestart_StillHoldsTheStartBack()
    {
        using var folder = new Folder();
        var policy = Review($"{TwoSres}, waitTimer: 3s");
        var gate = await Gate.StartAsync(folder.Path, policy);
        var held = await HeldAsync(gate);
        await gate.VoteAsync(held.Approval!.Id, "alice");
        await gate.VoteAsync(held.Approval.Id, "bob");
        Assert.Equal(CallStatus.Approved, (await gate.UntilAsync(held.Id, CallStatus.Approved)).State);
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder.Path, policy))
        {
            await gate.UntilAsync(held.Id, CallStatus.Succeeded);
            Assert.Equal([held.Id], gate.Connector.Sent);
            var reached = await AtAsync(gate, "approval/" + held.Approval.Id, "QuorumReached");
            var started = await AtAsync(gate, "environment/" + Gate.Production, "ExecutionStarted");
            Assert.True(started - reached >= TimeSpan.FromSeconds(3), $"Started {started - reached} after the quorum.");
        }
    }

    [Fact]
    public async Task Deadline_PassingWhileTheSiloIsDown_ExpiresTheCall_AndNoVoteCountsAnyMore()
    {
        using var folder = new Folder();
        var policy = Review($"{TwoSres}, expiresAfter: 1s");
        var gate = await Gate.StartAsync(folder.Path, policy);
        var held = await HeldAsync(gate);
        await gate.VoteAsync(held.Approval!.Id, "alice");
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder.Path, policy))
        {
            var late = await gate.UntilAsync(held.Id, CallStatus.Expired);
            Assert.Equal("expired", late.Error?.Slug);
            Assert.Equal("already-decided", (await gate.VoteAsync(held.Approval.Id, "bob")).Refusal?.Slug);
            Assert.True(await AtAsync(gate, "approval/" + held.Approval.Id, "ReviewExpired") >= held.Approval.Deadline);
            Assert.Empty(gate.Connector.Sent);
        }
    }

    [Fact]
    public async Task Deadline_BetweenTwoSweeps_IsJudgedAtTheVote()
    {
        await using var gate = await Gate.StartAsync(policy: Review($"{TwoSres}, expiresAfter: 1s"));
        var held = await HeldAsync(gate);
        await gate.VoteAsync(held.Approval!.Id, "alice");
        var approval = gate.Grains.GetGrain<IApprovalGrain>(held.Approval.Id);
        var clock = gate.Services.GetRequiredService<JournalClock>();
        while (clock.Now < held.Approval.Deadline) await Task.Yield();
        Assert.Equal(ApprovalStatus.Expired, (await approval.ReadAsync())!.State);
        Assert.Equal("already-decided", (await gate.VoteAsync(held.Approval.Id, "bob")).Refusal?.Slug);
        await gate.UntilAsync(held.Id, CallStatus.Expired);
        Assert.Empty(gate.Connector.Sent);
    }

    [Fact]
    public async Task StepUp_AcrossARestart_TakesOnlyAFreshSignIn()
    {
        using var folder = new Folder();
        var policy = Review($"{TwoSres}, stepUp: 10m");
        var gate = await Gate.StartAsync(folder.Path, policy);
        var held = await HeldAsync(gate);
        await Asked(gate);
        await gate.StopAsync();

        await using (gate = await Gate.StartAsync(folder.Path, policy))
        {
            await Asked(gate);
            var now = gate.Services.GetRequiredService<JournalClock>().Now;
            Assert.Null((await gate.VoteAsync(held.Approval!.Id, "alice", now.AddMinutes(-9))).Refusal);
            Assert.Null((await gate.VoteAsync(held.Approval.Id, "bob", now)).Refusal);
            await gate.UntilAsync(held.Id, CallStatus.Succeeded);
        }

        async Task Asked(Gate at)
        {
            var now = at.Services.GetRequiredService<JournalClock>().Now;
            Assert.Equal("step-up-required", (await at.VoteAsync(held.Approval!.Id, "alice", now.AddMinutes(-11))).Refusal?.Slug);
            Assert.Equal("step-up-required", (await at.VoteAsync(held.Approval.Id, "alice", signedIn: null)).Refusal?.Slug);
            Assert.Empty(at.Connector.Sent);
        }
    }

    [Fact]
    public async Task Fingerprint_ThatChangedBetweenReviewAndStart_VoidsTheApproval()
    {
        await using var gate = await Gate.StartAsync(connector: new ScriptedConnector { Target = "as reviewed" });
        var held = await HeldAsync(gate);
        var shown = await gate.Grains.GetGrain<IApprovalGrain>(held.Approval!.Id).ReadAsync();
        Assert.Contains("as reviewed", shown!.CardJson, StringComparison.Ordinal);
        await gate.VoteAsync(held.Approval.Id, "alice");
        gate.Connector.Target = "rebuilt meanwhile";
        await gate.VoteAsync(held.Approval.Id, "bob");

        var call = await gate.UntilAsync(held.Id, CallStatus.Voided, CallStatus.Succeeded);
        Assert.Equal(CallStatus.Voided, call.State);
        Assert.Contains("not as the reviewers saw it", call.Error!.Detail, StringComparison.Ordinal);
        Assert.Empty(gate.Connector.Sent);
    }

    [Fact]
    public async Task Fingerprint_ThatCannotBeTakenAgain_VoidsTheApproval()
    {
        await using var gate = await Gate.StartAsync(connector: new ScriptedConnector { Target = "as reviewed" });
        var held = await HeldAsync(gate);
        await gate.VoteAsync(held.Approval!.Id, "alice");
        gate.Connector.Target = null;
        await gate.VoteAsync(held.Approval.Id, "bob");
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided, CallStatus.Succeeded)).State);
        Assert.Empty(gate.Connector.Sent);
    }

    [Fact]
    public async Task Fingerprint_Unchanged_Starts()
    {
        await using var gate = await Gate.StartAsync(connector: new ScriptedConnector { Target = "as reviewed" });
        var held = await HeldAsync(gate);
        await gate.VoteAsync(held.Approval!.Id, "alice");
        await gate.VoteAsync(held.Approval.Id, "bob");
        await gate.UntilAsync(held.Id, CallStatus.Succeeded);
        Assert.Equal([held.Id], gate.Connector.Sent);
    }

    [Fact]
    public async Task Cancel_WhileTheCallExecutes_IsRefusedAndChangesNothing()
    {
        await using var gate = await Gate.StartAsync();
        var end = new TaskCompletionSource<ExecutionOutcome>();
        gate.Connector.Answer = _ => end.Task;
        var command = Gate.Call("write") with { Wait = TimeSpan.Zero };
        Assert.Equal(CallStatus.Executing, (await (await gate.SessionAsync()).SubmitAsync(command)).Value?.State);
        Assert.Equal("already-started", (await gate.Environment.CancelAsync(command.CallId, "dana")).Refusal?.Slug);
        end.SetResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded });
        await gate.UntilAsync(command.CallId, CallStatus.Succeeded);
        Assert.Equal("not-found", (await gate.Environment.CancelAsync(command.CallId, "dana")).Refusal?.Slug);
    }

    [Fact]
    public async Task Cancel_OfAHeldCall_ClosesItsReview()
    {
        await using var gate = await Gate.StartAsync();
        var held = await HeldAsync(gate);
        Assert.Equal(CallStatus.Cancelled, (await gate.Environment.CancelAsync(held.Id, "dana")).Value?.State);
        Assert.Equal("already-decided", (await gate.VoteAsync(held.Approval!.Id, "alice")).Refusal?.Slug);
        Assert.Equal(ApprovalStatus.Cancelled, (await gate.Grains.GetGrain<IApprovalGrain>(held.Approval.Id).ReadAsync())!.State);
        Assert.Empty(gate.Connector.Sent);
    }

    [Fact]
    public async Task Quarantine_VoidsWhatIsHeld_AndOnlyAnOperatorLiftsIt()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        var held = (await session.SubmitAsync(Gate.Call("delete"))).Value!;
        await gate.VoteAsync(held.Approval!.Id, "alice");
        Assert.Null((await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Quarantine, Reason = "odd", By = "dana" })).Refusal);
        Assert.Equal(CallStatus.Voided, (await gate.UntilAsync(held.Id, CallStatus.Voided)).State);

        var own = await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Resume, By = "dana" });
        Assert.Equal("forbidden", own.Refusal?.Slug);
        Assert.Equal(["session-quarantined"], (await session.SubmitAsync(Gate.Call("read"))).Refusal?.RuleIds);

        Assert.Equal(SessionStatus.Active, (await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Resume, By = "olga", AsOperator = true })).Value?.State);
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("read"))).Value?.State);
        Assert.Equal(CallStatus.Voided, (await gate.ReadModel.FindCallAsync(held.Id, CancellationToken.None))!.State);
    }

    [Fact]
    public async Task Pause_IsLiftedByTheStarter_AndATierIsRaisedByAnOperatorAlone()
    {
        await using var gate = await Gate.StartAsync();
        var session = await gate.SessionAsync();
        await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Pause, By = "dana" });
        Assert.Equal(SessionStatus.Active, (await session.ChangeAsync(new SessionChange { Verb = SessionVerb.Resume, By = "dana" })).Value?.State);
        Assert.Equal("forbidden", (await session.ChangeAsync(new SessionChange { Verb = SessionVerb.SetTier, Tier = AutonomyTier.Autonomous, By = "dana" })).Refusal?.Slug);
        Assert.Equal(AutonomyTier.Autonomous, (await session.ChangeAsync(new SessionChange { Verb = SessionVerb.SetTier, Tier = AutonomyTier.Autonomous, By = "olga", AsOperator = true })).Value?.Tier);
    }

    private static async Task<CallSnapshot> HeldAsync(Gate gate)
    {
        var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
        Assert.Equal(CallStatus.PendingReview, held.State);
        return held;
    }

    private static string Review(string members) => Gate.DefaultPolicy.Replace($"review: {{ {TwoSres} }}", $"review: {{ {members} }}", StringComparison.Ordinal);

    /// <summary>When the stream's one record of this kind was written; it may still be on its way.</summary>
    private static async Task<DateTimeOffset> AtAsync(Gate gate, string stream, string kind)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var records = (await gate.Journal.ReadAllAsync(0, 100, stream)).Where(record => record.Kind == kind).ToList();
            if (records.Count > 0) return Assert.Single(records).At;
            await Task.Delay(10, limit.Token);
        }
    }

    /// <summary>A folder that outlives the silos in it.</summary>
    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("gate-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
