using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;

namespace GovernedAgents.Grains.Tests;

/// <summary>Two silos that do not know of each other over one journal: every grain has two activations, and each believes that it is the only one.</summary>
public sealed class DuplicateActivationTests
{
    [Fact]
    public async Task Submit_ThroughBothActivationsAtOnce_SpendsNoLimitTwice()
    {
        await using var one = await Gate.StartAsync();
        await using var other = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        // Limit: 5 writes. Both have looked at the untouched environment before the first of them.
        await one.Session(id).SubmitAsync(Gate.Call("read"));
        await SettledAsync(other.Session(id), Gate.Call("read"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(call => SettledAsync((call % 2 == 0 ? one : other).Session(id), Gate.Call("write"))));

        Assert.Equal(5, answers.Count(answer => answer.Value is not null));
        foreach (var answer in answers.Where(answer => answer.Value is not null)) await one.UntilAsync(answer.Value!.Id, CallStatus.Succeeded);
        Assert.All(answers.Where(answer => answer.Value is null), answer => Assert.Equal("throttled", answer.Refusal!.Slug));
        await OnceEachAsync(one, effects: 5 + 2);
    }

    [Fact]
    public async Task Submit_OfOneKeyThroughBothActivations_HasOneEffect()
    {
        await using var one = await Gate.StartAsync();
        await using var other = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        await SettledAsync(other.Session(id), Gate.Call("read"));
        for (var round = 0; round < 5; round++)
        {
            var command = Gate.Call("read") with { Wait = TimeSpan.FromMilliseconds(100) };
            var answers = await Task.WhenAll(new[] { one, other }.Select(gate => SettledAsync(gate.Session(id), command)));
            Assert.All(answers, answer => Assert.Equal(command.CallId, answer.Value?.Id));
            await one.UntilAsync(command.CallId, CallStatus.Succeeded);
        }

        await OnceEachAsync(one, effects: 6);
    }

    [Fact]
    public async Task Submit_ToAStaleActivation_HasNoEffect_AndTheNextOneKnowsWhatWasSpent()
    {
        await using var one = await Gate.StartAsync();
        await using var stale = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        await SettledAsync(stale.Session(id), Gate.Call("read"));
        for (var call = 0; call < 5; call++) Assert.NotNull((await SettledAsync(one.Session(id), Gate.Call("write"))).Value);

        var command = Gate.Call("write");
        Assert.Equal("unavailable", (await stale.Session(id).SubmitAsync(command)).Refusal?.Slug);
        Assert.DoesNotContain(command.CallId, one.Connector.Sent);
        Assert.Equal("throttled", (await SettledAsync(stale.Session(id), command)).Refusal?.Slug);
        await OnceEachAsync(one, effects: 6);
    }

    [Fact]
    public async Task Start_OfAnActivationThatHasLostItsStream_IsNeverSent()
    {
        await using var one = await Gate.StartAsync();
        await using var other = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        await SettledAsync(other.Session(id), Gate.Call("read"));
        // Frozen through the other; the first one still holds a state without the freeze, and decides by it.
        await SettledAsync(one.Session(id), Gate.Call("read"));
        await FrozenAsync(other);

        var command = Gate.Call("write");
        Assert.Equal("unavailable", (await one.Session(id).SubmitAsync(command)).Refusal?.Slug);
        Assert.Equal(["frozen:operator"], (await SettledAsync(one.Session(id), command)).Refusal?.RuleIds);
        Assert.DoesNotContain(command.CallId, one.Connector.Sent);
    }

    [Fact]
    public async Task Outcome_OfACallWhoseActivationWasOverruled_IsRecordedOnceThroughTheCurrentOne()
    {
        await using var one = await Gate.StartAsync();
        await using var other = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        var end = new TaskCompletionSource<ExecutionOutcome>();
        one.Connector.Answer = _ => end.Task;
        var command = Gate.Call("write") with { Wait = TimeSpan.Zero };
        Assert.Equal(CallStatus.Executing, (await one.Session(id).SubmitAsync(command)).Value?.State);
        // The other one moves the stream on while the call is out in the world.
        await FrozenAsync(other);

        end.SetResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = "{\"done\":1}" });

        var call = await one.UntilAsync(command.CallId, CallStatus.Succeeded);
        Assert.Equal("{\"done\":1}", (await one.ReadModel.FindCallAsync(call.Id, CancellationToken.None))!.ResultJson);
        await OnceEachAsync(one, effects: 1);
    }

    [Fact]
    public async Task Outcome_BroughtToAnActivationThatHasNotSeenTheStart_IsNotLost()
    {
        await using var one = await Gate.StartAsync();
        await using var blind = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        // Loaded before the start; the directory may make it the current one while the first still runs.
        Assert.NotNull(await blind.Environment.ReadAsync());
        var end = new TaskCompletionSource<ExecutionOutcome>();
        one.Connector.Answer = _ => end.Task;
        var command = Gate.Call("write") with { Wait = TimeSpan.Zero };
        Assert.Equal(CallStatus.Executing, (await one.Session(id).SubmitAsync(command)).Value?.State);
        var outcome = new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = "{\"done\":1}" };

        // What the runner does: it brings the outcome until it is taken.
        await TakenAsync(() => blind.Upkeep.RecordOutcomeAsync(command.CallId, outcome));

        await blind.UntilAsync(command.CallId, CallStatus.Succeeded);
        end.SetResult(outcome);
        await TakenAsync(() => one.Upkeep.RecordOutcomeAsync(command.CallId, outcome));
        await OnceEachAsync(one, effects: 1);
    }

    [Fact]
    public async Task Quorum_ToldToAnActivationThatHasNotSeenTheCall_StillStartsIt()
    {
        await using var one = await Gate.StartAsync();
        await using var blind = await Gate.StartAsync(beside: one);
        var id = (await one.SessionAsync()).GetPrimaryKeyString();
        Assert.NotNull(await blind.Environment.ReadAsync());
        var held = (await one.Session(id).SubmitAsync(Gate.Call("delete"))).Value!;

        // All votes through the other silo: its approval tells its environment, which was loaded before the call was held.
        await blind.VoteAsync(held.Approval!.Id, "alice");
        await blind.VoteAsync(held.Approval.Id, "bob");

        await blind.UntilAsync(held.Id, CallStatus.Succeeded);
        await OnceEachAsync(one, effects: 1);
    }

    [Fact]
    public async Task Vote_ThroughAStaleApproval_NeverCountsBesideOnesThatItHasNotSeen()
    {
        await using var one = await Gate.StartAsync();
        await using var stale = await Gate.StartAsync(beside: one);
        var held = (await (await one.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;
        Assert.NotNull(await stale.Grains.GetGrain<IApprovalGrain>(held.Approval!.Id).ReadAsync());
        await one.VoteAsync(held.Approval.Id, "alice", VoteDecision.Deny);

        Assert.Equal("unavailable", (await stale.VoteAsync(held.Approval.Id, "bob")).Refusal?.Slug);
        Assert.Equal("already-decided", (await stale.VoteAsync(held.Approval.Id, "carl")).Refusal?.Slug);
        Assert.Equal(CallStatus.Denied, (await one.UntilAsync(held.Id, CallStatus.Denied)).State);
        Assert.Empty(one.Connector.Sent);
    }

    /// <summary>As a client does: again with the same key while the answer is 503.</summary>
    private static async Task<Answer<CallSnapshot>> SettledAsync(IAgentSessionGrain session, SubmitCall command)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var answer = await session.SubmitAsync(command);
            if (answer.Refusal?.Slug != "unavailable") return answer;
        }

        throw new TimeoutException($"200 times unavailable: {command.CallId}");
    }

    private static async Task FrozenAsync(Gate gate)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var answer = await gate.Environment.FreezeAsync(new FreezeChange { Freeze = true, Reason = "incident", By = "olga" });
            if (answer.Value is not null) return;
        }

        throw new TimeoutException("The freeze was not taken in 20 attempts.");
    }

    /// <summary>As the runner does, which never gives up: while an activation has what it was brought on its way to the journal, it says so each time.</summary>
    private static async Task TakenAsync(Func<Task> bring)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            try
            {
                await bring();
                return;
            }
            catch (InvalidOperationException) when (!limit.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Nothing double: an effect a call, a start and an outcome a call, and no effect without its start.</summary>
    private static async Task OnceEachAsync(Gate gate, int effects)
    {
        var sent = gate.Connector.Sent.ToList();
        Assert.Equal(effects, sent.Count);
        Assert.Equal(sent.Count, sent.Distinct().Count());
        var records = await gate.Journal.ReadAllAsync(0, 10_000, "environment/" + Gate.Production);
        Assert.Equal(sent.Order(), CallsOf("ExecutionStarted").Order());
        Assert.Equal(sent.Order(), CallsOf("ExecutionFinished").Order());
        Assert.DoesNotContain(records, record => record.Kind == "OutcomeUnknown");

        IEnumerable<string> CallsOf(string kind) => records.Where(record => record.Kind == kind).Select(record => System.Text.Json.JsonDocument.Parse(record.Payload).RootElement.GetProperty("call").GetString()!);
    }
}
