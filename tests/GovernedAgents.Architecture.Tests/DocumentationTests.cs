using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Architecture.Tests;

/// <summary>What people verify the audit by must say what the product does.</summary>
public sealed class DocumentationTests
{
    private const string Page = "deploy/docs/audit-format.md";
    private static readonly DateTimeOffset First = DateTimeOffset.Parse("2026-01-31T08:05:09.123456Z", CultureInfo.InvariantCulture);
    private static readonly string Hash1 = RecordHash.Compute("fleet", 1, First, "FleetHalted", "{\"by\":\"olga\",\"reason\":\"Störung\"}"u8, RecordHash.Zero);
    private static readonly string Hash2 = RecordHash.Compute("fleet", 2, DateTimeOffset.Parse("2026-01-31T08:17:00Z", CultureInfo.InvariantCulture), "FleetResumed", "{\"by\":\"olga\",\"reason\":\"behoben\"}"u8, Hash1);

    [Fact]
    public void AuditFormat_ShowsTheBytesThatAreHashed()
    {
        var shown = Regex.Match(Solution.Text(Page), "```\n([0-9a-f\n]{300,})```").Groups[1].Value.Replace("\n", "", StringComparison.Ordinal);
        var bytes = RecordHash.Preimage("fleet", 1, First, "FleetHalted", "{\"by\":\"olga\",\"reason\":\"Störung\"}"u8, RecordHash.Zero);
        Assert.Equal(Convert.ToHexStringLower(bytes), shown);
        Assert.Contains("\n" + Encoding.UTF8.GetString(bytes) + "\n", Solution.Text(Page), StringComparison.Ordinal);
        Assert.Equal(Hash1, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>What people copy from the README is what the sample compiles.</summary>
    [Fact]
    public void Readme_ShowsTheQuickstartAsItCompiles()
    {
        var program = Solution.Text("client/samples/Quickstart/Program.cs");
        Assert.Contains(program[program.IndexOf("using var session", StringComparison.Ordinal)..].TrimEnd(), Solution.Text("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void AuditFormat_ShowsTheHashesAndTheRootOfItsExample()
    {
        var page = Solution.Text(Page);
        Assert.Contains($"`hash` = `{Hash1}`", page, StringComparison.Ordinal);
        Assert.Contains($"`hash` = `{Hash2}`", page, StringComparison.Ordinal);
        Assert.Contains($"`{MerkleTree.Root([Hash1, Hash2])}`", page, StringComparison.Ordinal);
        Assert.Contains(ContentCommitment.Compute(Convert.FromHexString("000102030405060708090a0b0c0d0e0f"), "{\"arguments\":{\"name\":\"x\"},\"nonce\":\"n\"}"u8), page, StringComparison.Ordinal);
    }
}
