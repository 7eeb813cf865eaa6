using System.Net;
using GovernedAgents.Faults.Tests.Kit;
using Microsoft.Data.Sqlite;

namespace GovernedAgents.Faults.Tests;

public sealed class LockedJournalTests
{
    [Fact]
    public async Task Submit_WhileTheJournalIsLocked_IsUnavailableWithoutEffectAndSucceedsAfterwards()
    {
        using var at = new Installation();
        using var api = new Api(at);
        await using var silo = await SiloProcess.StartAsync(at);
        var session = await api.SessionAsync();
        Assert.Equal("succeeded", (await api.UpdateAsync(session, "before")).Get("state"));

        await using (var other = new SqliteConnection($"Data Source={at.Journal};Pooling=False"))
        {
            await other.OpenAsync();
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN EXCLUSIVE";
            await command.ExecuteNonQueryAsync();

            var refused = await api.UpdateAsync(session, "during");

            Assert.True(refused.Status == HttpStatusCode.ServiceUnavailable, refused.Text);
            Assert.Equal("unavailable", refused.Get("slug"));
            Assert.Single(Witness.Read(at));
            command.CommandText = "ROLLBACK";
            await command.ExecuteNonQueryAsync();
        }

        Reply? answer = null;
        await Eventually.TrueAsync(async () => (answer = await api.UpdateAsync(session, "during")).Status != HttpStatusCode.ServiceUnavailable, "the journal takes calls again");
        Assert.True(answer!.Get("state") == "succeeded", answer.Text);
        Assert.Equal(2, Witness.Read(at).Count);
        var (export, keys) = await api.ExportAsync();
        AuditCheck.Judge(export, keys, Witness.Read(at), []);
    }
}
