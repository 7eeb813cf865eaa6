using GovernedAgents.Policy.Audit;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GovernedAgents.Journal.Tests;

/// <summary>What a database superuser can do to the file, and what the checkpoints outside say about it.</summary>
public sealed class TamperedDatabaseTests
{
    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    private static void Sql(AuditFixture fixture, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={fixture.Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.True(command.ExecuteNonQuery() > 0, sql);
    }

    [Theory]
    [InlineData("UPDATE records SET stream = 'session/c' WHERE pos = 2")]
    [InlineData("UPDATE records SET seq = 99 WHERE pos = 2")]
    [InlineData("UPDATE records SET at = '2026-03-01T12:00:00.000001Z' WHERE pos = 2")]
    [InlineData("UPDATE records SET kind = 'Voted' WHERE pos = 2")]
    [InlineData("UPDATE records SET payload = CAST('{\"value\":\"changed\"}' AS BLOB) WHERE pos = 2")]
    [InlineData("UPDATE records SET payload = CAST('{}' AS BLOB) WHERE pos = (SELECT max(pos) FROM records)")]
    [InlineData("UPDATE records SET prev_hash = hash WHERE pos = 2")]
    [InlineData("UPDATE records SET hash = prev_hash WHERE pos = 2")]
    [InlineData("DELETE FROM records WHERE pos = 2")]
    [InlineData("DELETE FROM records WHERE pos = (SELECT max(pos) FROM records)")]
    [InlineData("UPDATE records SET pos = 1000 WHERE pos = 2")]
    public async Task Verify_AfterTheDatabaseWasChanged_FindsIt(string sql)
    {
        await using var fixture = new AuditFixture();
        await fixture.FillAsync(4);
        Assert.True(fixture.Verify(await fixture.ExportAsync()).Ok);
        var kept = (await fixture.Checkpoints.MakeAsync(Patience))!;
        await fixture.CloseAsync();
        Sql(fixture, sql);
        fixture.Open();

        string export;
        try
        {
            export = await fixture.ExportAsync();
        }
        catch (InvalidOperationException refused)
        {
            Assert.Contains("cannot all be read", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.False(fixture.Verify(export, kept).Ok, sql);
    }

    [Fact]
    public async Task Check_OfAnUntouchedJournal_FindsNothing()
    {
        await using var fixture = new AuditFixture();
        Assert.False((await fixture.Detection.CheckAsync(Patience)).Restored);
        await fixture.FillAsync(4);
        await fixture.Checkpoints.MakeAsync(Patience);
        await fixture.FillAsync(4);
        await fixture.CloseAsync();
        fixture.Open();
        var finding = await fixture.Detection.CheckAsync(Patience);
        Assert.False(finding.Restored, finding.Detail);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public async Task Check_AfterAnOlderFileWasRestored_FindsIt_EvenWhenItHasGrownPastTheCheckpoint(int grown)
    {
        await using var fixture = new AuditFixture();
        await fixture.FillAsync(2);
        await fixture.CloseAsync();
        var backup = File.ReadAllBytes(fixture.Database);
        fixture.Open();
        await fixture.FillAsync(3);
        await fixture.Checkpoints.MakeAsync(Patience);
        await fixture.CloseAsync();
        File.WriteAllBytes(fixture.Database, backup);
        fixture.Open();
        if (grown > 0) await fixture.FillAsync(grown);

        var finding = await fixture.Detection.CheckAsync(Patience);
        Assert.True(finding.Restored, finding.Detail);
    }

    [Fact]
    public async Task Check_OfCheckpointsThatWereChangedOrRemoved_FindsIt()
    {
        await using var fixture = new AuditFixture();
        await fixture.FillAsync(1);
        await fixture.Checkpoints.MakeAsync(Patience);
        await fixture.FillAsync(1);
        await fixture.Checkpoints.MakeAsync(Patience);
        var first = Path.Combine(fixture.CheckpointsPath, "checkpoint-000001.json");
        var original = File.ReadAllText(first);

        File.WriteAllText(first, original.Replace("\"toPos\":2", "\"toPos\":1", StringComparison.Ordinal));
        Assert.True((await fixture.Detection.CheckAsync(Patience)).Restored);
        File.WriteAllText(first, "{}");
        Assert.True((await fixture.Detection.CheckAsync(Patience)).Restored);
        File.Delete(first);
        Assert.True((await fixture.Detection.CheckAsync(Patience)).Restored);
        File.WriteAllText(first, original);
        Assert.False((await fixture.Detection.CheckAsync(Patience)).Restored);
    }

    [Fact]
    public async Task BeginIncarnation_KeepsTheOldCheckpoints_AndBeginsAgainAtPositionOne()
    {
        await using var fixture = new AuditFixture();
        await fixture.FillAsync(2);
        var old = (await fixture.Checkpoints.MakeAsync(Patience))!;
        Assert.Equal(1, await fixture.Detection.BeginIncarnationAsync(Patience));
        Assert.Equal(old, Checkpoint.Parse(File.ReadAllText(Path.Combine(fixture.CheckpointsPath, "incarnation-1", "checkpoint-000001.json"))));

        var begun = (await fixture.Checkpoints.MakeAsync(Patience))!;
        Assert.Equal((1, 1, RecordHash.Zero), (begun.Id, begun.FromPos, begun.PrevCheckpoint));
        Assert.True(fixture.Verify(await fixture.ExportAsync()).Ok);
    }

    [Fact]
    public async Task Make_WithNothingNew_ReturnsTheLast()
    {
        await using var fixture = new AuditFixture();
        Assert.Null(await fixture.Checkpoints.MakeAsync(Patience));
        await fixture.FillAsync(1);
        var first = await fixture.Checkpoints.MakeAsync(Patience);
        Assert.Equal(first, await fixture.Checkpoints.MakeAsync(Patience));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Path.GetDirectoryName(fixture.Database)!, "keys", "checkpoints.pem")));
    }
}
