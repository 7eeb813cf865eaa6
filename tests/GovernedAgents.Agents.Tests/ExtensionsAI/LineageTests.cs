using GovernedAgents.Agents.Tests.Kit;
using GovernedAgents.Client;

namespace GovernedAgents.Agents.Tests.ExtensionsAI;

/// <summary>An agent that starts agents gives them nothing that it has not.</summary>
public sealed class LineageTests(AgentHost host) : IClassFixture<AgentHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<AgentSession> PlannerAsync(AutonomyTier tier) => host.Client().StartSessionAsync(new StartSessionOptions { Agent = AgentHost.Agent, Tier = tier }, Cancellation);

    private static Task<AgentSession> WorkerAsync(AgentSession planner) => planner.StartChildAsync(new StartSessionOptions { Agent = AgentHost.Agent, Tier = AutonomyTier.Autonomous }, Cancellation);

    private static Task<CallResult> CallAsync(AgentSession session, string tool, object arguments) =>
        session.CallAsync(new CallRequest { Environment = AgentHost.Environment, Tool = tool, Arguments = arguments, Wait = TimeSpan.FromSeconds(5) }, Cancellation);

    private static readonly object Read = new { environment = AgentHost.Environment };

    [Fact]
    public async Task Worker_NeverHasAHigherTierThanItsPlanner()
    {
        using var planner = await PlannerAsync(AutonomyTier.Observe);
        using var worker = await WorkerAsync(planner);
        Assert.Equal(AutonomyTier.Observe, worker.Started!.Tier);
        Assert.IsType<CallExecuted>(await CallAsync(worker, "ops.list_stacks", Read));
        Assert.IsType<CallDenied>(await CallAsync(worker, "ops.update_stack", new { environment = AgentHost.Environment, stack = "web", parameters = new { } }));
    }

    [Fact]
    public async Task Worker_StopsWithItsPlanner()
    {
        using var planner = await PlannerAsync(AutonomyTier.Supervised);
        using var worker = await WorkerAsync(planner);
        using var below = await WorkerAsync(worker);
        await host.SendAsync("POST", $"/v1/sessions/{planner.Id}/quarantine", host.Operator, new { reason = "odd" });
        foreach (var session in new[] { worker, below })
            Assert.Equal(["session-quarantined"], Assert.IsType<CallDenied>(await CallAsync(session, "ops.list_stacks", Read)).RuleIds);
    }
}
