using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Tests.Kit;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;
using Microsoft.Extensions.DependencyInjection;

namespace GovernedAgents.Grains.Tests;

public sealed class DueWorkTests
{
    [Fact]
    public async Task Deadline_BehindManyDueItemsThatCannotBeSettled_StillComes()
    {
        await using var gate = await Gate.StartAsync(policy: Gate.DefaultPolicy.Replace("approvals: 2 } ]", "approvals: 2 } ], expiresAfter: 1s", StringComparison.Ordinal));
        await AppendStuckAsync(gate, calls: 2_000);

        var held = (await (await gate.SessionAsync()).SubmitAsync(Gate.Call("delete"))).Value!;

        Assert.Equal(CallStatus.Expired, (await gate.UntilAsync(held.Id, CallStatus.Expired)).State);
    }

    /// <summary>An environment that no activation can take up (its definition is not readable), with overdue starts: due for ever.</summary>
    private static async Task AppendStuckAsync(Gate gate, int calls)
    {
        var at = gate.Services.GetRequiredService<JournalClock>().Now;
        var stream = new JournalStream("environment/stuck", StreamHead.Empty, at);
        List<JournalRecord> records = [Stage(new EnvironmentConfigured { Generation = 1, Definition = "not a definition", PolicyVersion = "sha256:0" })];
        for (var call = 0; call < calls; call++)
        {
            var id = $"call_stuck{call}";
            records.Add(Stage(new CallSubmitted
            {
                Call = id, Session = "ses_1", Agent = "fixer", Starter = "dana", Environment = "stuck", Generation = 1, Tool = "t.write", ToolSchemaHash = "h", Action = "x", Effect = EffectClass.Mutate,
                Tier = AutonomyTier.Supervised, CallHash = "c", Content = new ContentReference("cnt_" + id, "sha256:0"),
            }));
            records.Add(Stage(new CallDecided { Call = id, Decision = new Decision { Effect = DecisionEffect.Allow } }));
            records.Add(Stage(new ExecutionStarted { Call = id, StartBy = at, FinishBy = at }));
        }

        Assert.Equal(AppendStatus.Committed, (await gate.Journal.AppendAsync(new AppendUnit { Records = records })).Status);

        JournalRecord Stage(DomainEvent occurred) => stream.Stage(EventCodec.KindOf(occurred), EventCodec.Encode(occurred), at);
    }
}
