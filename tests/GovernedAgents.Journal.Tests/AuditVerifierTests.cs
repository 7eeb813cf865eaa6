using System.Text;
using GovernedAgents.Policy.Audit;
using Xunit;

namespace GovernedAgents.Journal.Tests;

/// <summary>Tampering with an export, line by line: every kind is named.</summary>
public sealed class AuditVerifierTests
{
    private static async Task<(AuditFixture Fixture, List<string> Lines)> TwoCheckpointsAsync()
    {
        var fixture = new AuditFixture();
        await fixture.FillAsync(3);
        await fixture.Checkpoints.MakeAsync(TestContext.Current.CancellationToken);
        await fixture.FillAsync(2);
        return (fixture, [.. (await fixture.ExportAsync()).TrimEnd('\n').Split('\n')]);
    }

    private static string Join(IEnumerable<string> lines) => string.Join('\n', lines) + "\n";

    [Fact]
    public async Task Verify_OfAnUntouchedExport_IsOk()
    {
        var (fixture, lines) = await TwoCheckpointsAsync();
        await using var _ = fixture;
        var kept = await fixture.Checkpoints.ListAsync(TestContext.Current.CancellationToken);
        var report = fixture.Verify(Join(lines), [.. kept]);
        Assert.Null(report.FirstFault);
        Assert.Equal((10, 2, 2, 2, true), (report.Records, report.Checkpoints, report.Streams, report.KeptMatched, report.SignaturesChecked));
    }

    [Theory]
    [InlineData("deleted record", "position 4 stands where 3 belongs")]
    [InlineData("last record deleted", "records are missing")]
    [InlineData("reordered records", "position 3 stands where 2 belongs")]
    [InlineData("last checkpoint deleted", "checkpoints are missing")]
    [InlineData("first checkpoint deleted", "checkpoint 2 stands where checkpoint 1 belongs")]
    [InlineData("all checkpoints deleted", "no checkpoint")]
    [InlineData("emptied", "no checkpoint")]
    [InlineData("record after checkpoint", "records come first")]
    [InlineData("payload changed", "hash does not fit")]
    [InlineData("kind changed", "hash does not fit")]
    [InlineData("instant changed", "hash does not fit")]
    [InlineData("payload spaced", "not canonical")]
    [InlineData("member added", "Unknown member")]
    [InlineData("member doubled", "stands twice")]
    [InlineData("root changed", "root does not fit")]
    [InlineData("signature changed", "signature")]
    [InlineData("not json", "line 2")]
    public async Task Verify_OfATamperedExport_NamesTheFault(string tampering, string fault)
    {
        var (fixture, lines) = await TwoCheckpointsAsync();
        await using var _ = fixture;
        var last = lines[^1];
        switch (tampering)
        {
            case "deleted record": lines.RemoveAt(2); break;
            case "last record deleted": lines.RemoveAt(9); break;
            case "reordered records": (lines[1], lines[2]) = (lines[2], lines[1]); break;
            case "last checkpoint deleted": lines.RemoveAt(11); break;
            case "first checkpoint deleted": lines.RemoveAt(10); break;
            case "all checkpoints deleted": lines.RemoveRange(10, 2); break;
            case "emptied": lines.Clear(); break;
            case "record after checkpoint": lines.Add(lines[0]); break;
            case "payload changed": lines[4] = lines[4].Replace("session/b 1", "session/b 9", StringComparison.Ordinal); break;
            case "kind changed": lines[4] = lines[4].Replace("Noted", "Voted", StringComparison.Ordinal); break;
            case "instant changed": lines[4] = lines[4].Replace("12:00:00.000000", "12:00:00.000001", StringComparison.Ordinal); break;
            case "payload spaced": lines[4] = lines[4].Replace("{\"value\":", "{\"value\": ", StringComparison.Ordinal); break;
            case "member added": lines[4] = lines[4][..^1] + ",\"note\":1}"; break;
            case "member doubled": lines[4] = lines[4][..^1] + ",\"seq\":2}"; break;
            case "root changed": lines[^1] = Change(last, "root"); break;
            case "signature changed": lines[^1] = Change(last, "signature"); break;
            case "not json": lines[1] = lines[1][..^5]; break;
        }

        var report = fixture.Verify(lines.Count == 0 ? "" : Join(lines));
        Assert.False(report.Ok, tampering);
        Assert.Contains(fault, report.FirstFault, StringComparison.Ordinal);
    }

    private static string Change(string line, string member)
    {
        var at = line.IndexOf($"\"{member}\":\"", StringComparison.Ordinal) + member.Length + 4 + 5;
        return line[..at] + (line[at] == '0' ? '1' : '0') + line[(at + 1)..];
    }

    [Fact]
    public async Task Verify_OfAnHonestLookingPrefix_FailsOnlyByTheKeptCheckpoint()
    {
        var (fixture, lines) = await TwoCheckpointsAsync();
        await using var _ = fixture;
        var kept = await fixture.Checkpoints.ListAsync(TestContext.Current.CancellationToken);
        var prefix = Join([.. lines.Take(6), lines[10]]);

        Assert.True(fixture.Verify(prefix).Ok);
        Assert.True(fixture.Verify(prefix, kept[0]).Ok);
        Assert.Contains("kept checkpoint 2", fixture.Verify(prefix, [.. kept]).FirstFault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfAHistoryRewrittenWithAnotherKey_FailsByKeysAndByKept()
    {
        var (fixture, _) = await TwoCheckpointsAsync();
        await using var _1 = fixture;
        await using var forger = new AuditFixture();
        await forger.FillAsync(5);
        var forged = await forger.ExportAsync();
        var kept = await fixture.Checkpoints.ListAsync(TestContext.Current.CancellationToken);

        Assert.True(forger.Verify(forged).Ok);
        Assert.Contains("signature", fixture.Verify(forged).FirstFault, StringComparison.Ordinal);
        var withoutKeys = AuditVerifier.Verify(new MemoryStream(Encoding.UTF8.GetBytes(forged)), kept);
        Assert.False(withoutKeys.SignaturesChecked);
        Assert.Contains("kept checkpoint 1 differs", withoutKeys.FirstFault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prove_OfAnyRecord_VerifiesOfflineAndFailsForAnother()
    {
        await using var fixture = new AuditFixture();
        await fixture.FillAsync(7);
        using var keys = CheckpointKeys.Parse(fixture.Checkpoints.PublicKeys);
        for (var pos = 1; pos <= 14; pos++)
        {
            var receipt = await fixture.Checkpoints.ProveAsync(pos, TestContext.Current.CancellationToken);
            Assert.True(receipt.Verify(keys), $"position {pos}");
            Assert.False((receipt with { Pos = pos == 1 ? 2 : 1 }).Verify(keys));
            Assert.False((receipt with { Hash = receipt.Checkpoint.Root }).Verify(keys));
        }
    }
}
