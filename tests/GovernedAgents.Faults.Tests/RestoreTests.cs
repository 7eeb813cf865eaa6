using System.Net;
using GovernedAgents.Faults.Tests.Kit;

namespace GovernedAgents.Faults.Tests;

public sealed class RestoreTests
{
    [Fact]
    public async Task Start_WhenAnOlderJournalWasPutBack_FreezesEverythingAndVoidsWhatWaits()
    {
        using var at = new Installation();
        using var api = new Api(at);
        var kept = Path.Combine(at.Root, "kept.db");
        string session, approval;
        await using (var silo = await SiloProcess.StartAsync(at))
        {
            session = await api.SessionAsync();
            var held = await api.CallAsync(session, "held", "delete_environment", new { name = Api.Environment });
            approval = held.Body.GetProperty("approval").GetProperty("id").GetString()!;
            await silo.StopAsync();
        }

        File.Copy(at.Journal, kept);
        await using (var silo = await SiloProcess.StartAsync(at))
        {
            Assert.Equal("succeeded", (await api.UpdateAsync(session, "forgotten")).Get("state"));
            await api.ExportAsync();
            await silo.StopAsync();
        }

        File.Copy(kept, at.Journal, overwrite: true);
        File.Delete(at.Journal + "-wal");
        File.Delete(at.Journal + "-shm");
        await using (await SiloProcess.StartAsync(at))
        {
            var environment = await api.GetAsync($"/v1/environments/{Api.Environment}", api.Operator);
            Assert.True(environment.Body.GetProperty("frozen").GetArrayLength() > 0, environment.Text);
            Assert.Equal(1, (await api.GetAsync("/v1/fleet", api.Operator)).Body.GetProperty("incarnation").GetInt32());
            var review = await api.GetAsync($"/v1/approvals/{approval}", api.Operator);
            Assert.True(review.Get("state") == "voided", review.Text);

            // The journal has forgotten this key; only the freeze keeps its effect from happening twice.
            var again = await api.UpdateAsync(session, "forgotten");
            Assert.True(again.Status == HttpStatusCode.Forbidden, again.Text);
            Assert.Equal("denied", again.Get("slug"));
            Assert.Single(Witness.Read(at));

            var lifted = await api.SendAsync(HttpMethod.Post, $"/v1/environments/{Api.Environment}/unfreeze", api.Operator, new { reason = "compared with the cloud" });
            Assert.True(lifted.Acknowledged, lifted.Text);
            Assert.Equal("succeeded", (await api.UpdateAsync(session, "after")).Get("state"));
        }
    }
}
