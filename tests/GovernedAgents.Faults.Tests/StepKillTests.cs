using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

/// <summary>One call, the silo killed at one step of it, and what the next silo makes of it.</summary>
public sealed class StepKillTests
{
    [Fact]
    public async Task Kill_AfterTheStartAndBeforeTheEffect_IsUnknown_AndNeverStartsAgain()
    {
        using var at = new Installation(cloudMilliseconds: 60_000, timeoutSeconds: 1);
        using var api = new Api(at);
        var (session, call) = await StartedAsync(at, api, () => Task.CompletedTask);

        await using var next = await SiloProcess.StartAsync(at);
        await SettledAsync(api, session, call, "outcome_unknown");
        Assert.Empty(Witness.Read(at));
        await JudgeAsync(at, api);
    }

    [Fact]
    public async Task Kill_BetweenTheEffectAndItsOutcome_IsUnknown_UntilAPersonResolvesIt()
    {
        using var at = new Installation(answerMilliseconds: 60_000, timeoutSeconds: 1);
        using var api = new Api(at);
        var (session, call) = await StartedAsync(at, api, () => Eventually.TrueAsync(() => Task.FromResult(Witness.Read(at).Count == 1), "the effect happens"));

        await using (var next = await SiloProcess.StartAsync(at))
        {
            await SettledAsync(api, session, call, "outcome_unknown");
            var resolved = await api.SendAsync(HttpMethod.Post, $"/v1/calls/{call}/resolve", api.Operator, new { outcome = "succeeded", note = "the stack shows it" });
            Assert.Equal("succeeded", resolved.Get("state"));
            Assert.Equal(HttpStatusCode.Conflict, (await api.SendAsync(HttpMethod.Post, $"/v1/calls/{call}/resolve", api.Operator, new { outcome = "failed", note = "no" })).Status);
            await next.KillAsync();
        }

        await using var last = await SiloProcess.StartAsync(at);
        await SettledAsync(api, session, call, "succeeded");
        Assert.Equal(call, Assert.Single(Witness.Read(at)).CallId);
        await JudgeAsync(at, api);
    }

    [Fact]
    public async Task Kill_AfterTheOutcomeWasAnswered_LosesNothing()
    {
        using var at = new Installation();
        using var api = new Api(at);
        string session, call;
        await using (var silo = await SiloProcess.StartAsync(at))
        {
            session = await api.SessionAsync();
            var done = await api.UpdateAsync(session, "the-call");
            Assert.Equal("succeeded", done.Get("state"));
            call = done.Get("id")!;
            await silo.KillAsync();
        }

        await using var next = await SiloProcess.StartAsync(at);
        await SettledAsync(api, session, call, "succeeded");
        Assert.Equal(call, Assert.Single(Witness.Read(at)).CallId);
        await JudgeAsync(at, api);
    }

    /// <summary>A call whose start is durable, and the silo killed after that and <paramref name="until"/>.</summary>
    private static async Task<(string Session, string Call)> StartedAsync(Installation at, Api api, Func<Task> until)
    {
        await using var silo = await SiloProcess.StartAsync(at);
        var session = await api.SessionAsync();
        var started = await api.UpdateAsync(session, "the-call", wait: 0);
        Assert.True(started.Get("state") == "executing", started.Text);
        await until();
        await silo.KillAsync();
        return (session, started.Get("id")!);
    }

    /// <summary>The same key answers the same call, in this state at last.</summary>
    private static async Task SettledAsync(Api api, string session, string call, string state)
    {
        Reply reply = null!;
        await Eventually.TrueAsync(async () =>
        {
            reply = await api.UpdateAsync(session, "the-call", wait: 0);
            Assert.True(reply.Get("id") == call, reply.Text);
            return reply.Get("state") != "executing";
        }, "the call ends");
        Assert.True(reply.Get("state") == state, reply.Text);
    }

    private static async Task JudgeAsync(Installation at, Api api)
    {
        var (export, keys) = await AuditCheck.SettledAsync(api);
        AuditCheck.Judge(export, keys, Witness.Read(at), []);
    }
}
