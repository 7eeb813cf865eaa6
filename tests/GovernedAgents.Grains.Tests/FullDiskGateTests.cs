using GovernedAgents.Contracts;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;

namespace GovernedAgents.Grains.Tests;

public sealed class FullDiskGateTests : IDisposable
{
    private readonly SmallDisk _disk = SmallDisk.Mount(Directory.CreateTempSubdirectory("gate-full-").FullName, megabytes: 16);

    [Fact]
    public async Task Submit_WhileTheDiskIsFull_StartsNothing_AndAKnownOutcomeIsKeptUntilThereIsSpace()
    {
        await using var gate = await Gate.StartAsync(_disk.Path);
        var session = await gate.SessionAsync();
        var (end, sent) = (new TaskCompletionSource<ExecutionOutcome>(), new TaskCompletionSource());
        gate.Connector.Answer = _ =>
        {
            sent.TrySetResult();
            return end.Task;
        };
        var command = Gate.Call("write");
        var waiting = session.SubmitAsync(command);
        await sent.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        _disk.Fill();
        end.SetResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded });
        gate.Connector.Answer = _ => Task.FromResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded });
        var refused = 0;
        for (var call = 0; refused < 3; call++)
        {
            Assert.True(call < 200, "The disk does not fill.");
            // The caller of the first call waits for its outcome up to 10 s; nobody else may wait with it.
            var answer = await session.SubmitAsync(Gate.Call("read", $"call_during{call}")).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            if (answer.Value is not null) continue;
            Assert.Equal("unavailable", answer.Refusal?.Slug);
            Assert.DoesNotContain($"call_during{call}", gate.Connector.Sent);
            refused++;
        }

        Assert.Equal("unavailable", (await gate.Environment.FreezeAsync(new FreezeChange { Freeze = true, Reason = "full", By = "olga" })).Refusal?.Slug);
        _disk.MakeSpace();
        Assert.Equal(CallStatus.Succeeded, (await gate.UntilAsync(command.CallId, CallStatus.Succeeded, CallStatus.OutcomeUnknown)).State);
        Assert.Contains((await waiting).Value?.State, new CallStatus?[] { CallStatus.Executing, CallStatus.Succeeded });
        Assert.Equal(CallStatus.Succeeded, (await session.SubmitAsync(Gate.Call("write"))).Value?.State);
        Assert.Empty((await gate.Environment.ReadAsync())!.Frozen);
    }

    public void Dispose()
    {
        _disk.Dispose();
        Directory.Delete(_disk.Path);
    }
}
