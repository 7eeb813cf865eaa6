using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Policy.Audit;
using Xunit;

namespace GovernedAgents.Journal.Tests;

public sealed class RecordHashTests
{
    [Fact]
    public void Compute_IsTheSha256OfTheCanonicalObject()
    {
        const string Expected =
            """{"at":"2026-03-01T12:00:00.000001Z","kind":"Noted","payload":{"a":1},"prevHash":"0000000000000000000000000000000000000000000000000000000000000000","seq":7,"stream":"s\"\\\n\u001f€","v":1}""";
        var at = Units.Noon.AddMicroseconds(1);
        Assert.Equal(Expected, Encoding.UTF8.GetString(RecordHash.Preimage("s\"\\\n\u001f€", 7, at, "Noted", "{\"a\":1}"u8, RecordHash.Zero)));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Expected))), RecordHash.Compute("s\"\\\n\u001f€", 7, at, "Noted", "{\"a\":1}"u8, RecordHash.Zero));
    }

    [Fact]
    public void Compute_OfALoneSurrogate_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => RecordHash.Compute("\ud800", 1, Units.Noon, "Noted", "{}"u8, RecordHash.Zero));

    [Theory]
    [InlineData("2026-03-01T12:00:00.123456Z", true)]
    [InlineData("2026-03-01T12:00:00.123Z", false)]
    [InlineData("2026-03-01T12:00:00.123456+00:00", false)]
    [InlineData("2026-03-01 12:00:00.123456Z", false)]
    public void AuditInstant_HasOneForm(string text, bool valid)
    {
        Assert.Equal(valid, AuditInstant.TryParse(text, out var at));
        if (valid) Assert.Equal(text, AuditInstant.Format(at));
    }

    [Fact]
    public void ContentCommitment_DependsOnSaltAndBytes()
    {
        // RFC 4231, test case 2.
        Assert.Equal("sha256:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ContentCommitment.Compute("Jefe"u8, "what do ya want for nothing?"u8));
    }
}
