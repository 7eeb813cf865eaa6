using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Client.Tests;

/// <summary>The command around the verifier; the verifier's own tests are with it.</summary>
public sealed class AuditVerifyTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gov-audit-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _record;
    private readonly Checkpoint _checkpoint;

    public AuditVerifyTests()
    {
        var payload = "{\"call\":\"call_1\"}"u8.ToArray();
        var hash = RecordHash.Compute("fleet", 1, At, "FleetHalted", payload, RecordHash.Zero);
        var at = AuditInstant.Format(At);
        _record = $$"""{"pos":1,"stream":"fleet","seq":1,"at":"{{at}}","kind":"FleetHalted","payload":{"call":"call_1"},"prevHash":"{{RecordHash.Zero}}","hash":"{{hash}}"}""";
        var tree = new MerkleTree();
        tree.Add(Convert.FromHexString(hash));
        _checkpoint = CheckpointKeys.Sign(_key, new Checkpoint { Id = 1, At = At, FromPos = 1, ToPos = 1, Root = tree.Root(), PrevCheckpoint = RecordHash.Zero, KeyId = "" });
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Put(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Export(string? record = null) => Put("export.jsonl", (record ?? _record) + "\n" + Encoding.UTF8.GetString(_checkpoint.ToJson()) + "\n");

    private static Task<(int Code, string Out, string Error)> VerifyAsync(params string[] args) => new FakeServer().GovAsync(["audit", "verify", .. args]);

    [Fact]
    public async Task Verify_WholeExportWithKeysAndKeptCheckpoints_ExitsWith0()
    {
        var keys = Put("keys.json", $$"""{"keys":[{{CheckpointKeys.Jwk(_key)}}]}""");
        Put("checkpoint-000001.json", Encoding.UTF8.GetString(_checkpoint.ToJson()));
        var (code, output, _) = await VerifyAsync(Export(), "--checkpoints", _folder.FullName, "--keys", keys);
        Assert.True(code == 0, output);
        Assert.Contains("1 of 1 found again", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ExportWithOneChangedByte_ExitsWith7AndNamesTheFault()
    {
        var (code, output, _) = await VerifyAsync(Export(_record.Replace("call_1", "call_2", StringComparison.Ordinal)));
        Assert.Equal(7, code);
        Assert.Contains("line 1: record 1: the hash does not fit", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AgainstAKeptCheckpointThatTheExportLacks_ExitsWith7()
    {
        var kept = Put("kept.json", "{\"items\":[" + Encoding.UTF8.GetString((_checkpoint with { Id = 2 }).ToJson()) + "]}");
        Assert.Equal(7, (await VerifyAsync(Export(), "--checkpoints", kept)).Code);
    }

    [Fact]
    public async Task Verify_SignedByAnotherKey_ExitsWith7()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(7, (await VerifyAsync(Export(), "--keys", Put("keys.json", $$"""{"keys":[{{CheckpointKeys.Jwk(other)}}]}"""))).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"nonsense\":1}")]
    [InlineData("not json")]
    public async Task Verify_AgainstWhatHoldsNoCheckpoint_NeverExitsWith0(string kept) => Assert.Equal(7, (await VerifyAsync(Export(), "--checkpoints", Put("kept.json", kept))).Code);

    [Fact]
    public async Task Verify_OfAFileThatIsNotThere_IsAUsageFault() => Assert.Equal(2, (await VerifyAsync("/nowhere/export.jsonl")).Code);
}
