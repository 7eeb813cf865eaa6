using System.Text.Json;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Tests;

public sealed class OpenCallTests
{
    [Fact]
    public void DueAt_BetweenTheDecisionAndItsStart_IsNotDueYet()
    {
        var at = DateTimeOffset.UnixEpoch;
        var submitted = new CallSubmitted
        {
            Call = "call_1", Session = "ses_1", Agent = "a", Starter = "dana", Environment = "e", Generation = 1, Tool = "t.x", ToolSchemaHash = "h", Action = "x", Effect = EffectClass.Read,
            Tier = AutonomyTier.Supervised, CallHash = "c", Content = new ContentReference("cnt_1", "sha256:0"),
        };
        var call = OpenCall.Apply(null, submitted, at, 1);
        // A batch of the read model may end between any two records of a unit.
        Assert.Null(call!.DueAt);
        call = OpenCall.Apply(call, new CallDecided { Call = "call_1", Decision = new Decision { Effect = DecisionEffect.Allow } }, at, 2);
        Assert.Null(call!.DueAt);
        var stored = JsonSerializer.Deserialize<OpenCall>(JsonSerializer.Serialize(call, EventCodec.Json), EventCodec.Json);
        Assert.Null(stored!.DueAt);
        call = OpenCall.Apply(call, new ExecutionStarted { Call = "call_1", StartBy = at, FinishBy = at.AddSeconds(30) }, at, 3);
        Assert.Equal(at.AddSeconds(30), call!.DueAt);
    }
}
