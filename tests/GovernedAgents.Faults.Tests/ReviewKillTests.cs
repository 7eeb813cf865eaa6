using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class ReviewKillTests
{
    [Fact]
    public async Task HeldCall_WhenTheSiloIsKilledBetweenAnyTwoSteps_IsDeletedExactlyOnce()
    {
        using var at = new Installation();
        using var api = new Api(at);
        string session, approval, call;
        await using (var silo = await SiloProcess.StartAsync(at))
        {
            session = await api.SessionAsync();
            var held = await Delete();
            Assert.True(held.Status == HttpStatusCode.Accepted, held.Text);
            Assert.Equal("pending_review", held.Get("state"));
            (call, approval) = (held.Get("id")!, held.Body.GetProperty("approval").GetProperty("id").GetString()!);
            await silo.KillAsync();
        }

        await using (var silo = await SiloProcess.StartAsync(at))
        {
            Assert.Equal((call, "pending_review"), Seen(await Delete()));
            var vote = await api.ApproveAsync(approval, api.Reviewer("alice"));
            Assert.True(vote.Status == HttpStatusCode.Created, vote.Text);
            await silo.KillAsync();
        }

        await using (var silo = await SiloProcess.StartAsync(at))
        {
            Assert.Equal((call, "pending_review"), Seen(await Delete()));
            Assert.Empty(Witness.Read(at));
            var vote = await api.ApproveAsync(approval, api.Reviewer("bob"));
            Assert.True(vote.Status == HttpStatusCode.Created, vote.Text);
            // At once: the quorum is durable, the start may or may not be.
            await silo.KillAsync();
        }

        string? state;
        await using (var silo = await SiloProcess.StartAsync(at))
        {
            await Eventually.TrueAsync(async () => Seen(await Delete()).State is "succeeded" or "outcome_unknown", "the approved call ends");
            (_, state) = Seen(await Delete());
            await silo.KillAsync();
        }

        await using (await SiloProcess.StartAsync(at))
        {
            Assert.Equal((call, state), Seen(await Delete()));
            var (export, keys) = await api.ExportAsync();
            var effects = Witness.Read(at);
            AuditCheck.Judge(export, keys, effects, []);
            if (state == "succeeded") Assert.Equal((call, "delete_environment"), (Assert.Single(effects).CallId, effects[0].Tool));
            else Assert.True(effects.Count <= 1);
        }

        Task<Reply> Delete() => api.CallAsync(session, "delete", "delete_environment", new { name = Api.Environment });
        static (string? Id, string? State) Seen(Reply reply) => (reply.Get("id"), reply.Get("state"));
    }
}
