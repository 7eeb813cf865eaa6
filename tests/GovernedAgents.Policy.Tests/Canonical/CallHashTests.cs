using System.Text;
using System.Text.Json;
using CsCheck;
using GovernedAgents.Policy.Canonical;
using Xunit;

namespace GovernedAgents.Policy.Tests.Canonical;

public sealed class CallHashTests
{
    [Fact]
    public void Compute_IsTheHashOfTheCanonicalObject() => Gen.Select(Gen.String.Where(Whole), Gen.Int, Gen.String.Where(Whole)).Sample((text, generation, nonce) =>
    {
        var spelled = JsonSerializer.SerializeToUtf8Bytes(new
        {
            environment = text, environmentGeneration = generation, tool = "files.write_file", toolSchemaHash = "sha256:ab",
            arguments = new { b = 1.0, a = text }, session = "ses_1", agent = "ops", nonce,
        });
        var arguments = CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(new { b = 1.0, a = text }));
        return CallHash.Compute(text, generation, "files.write_file", "sha256:ab", arguments, "ses_1", "ops", nonce)
            == Sha256Hash.Of(CanonicalJson.Canonicalize(spelled));
    });

    [Fact]
    public void Compute_OfTheWorkedExample_IsThisHash()
    {
        // Computed with sha256sum over the text below.
        const string text = """{"agent":"ops-assistant","arguments":{"force":true},"environment":"prod","environmentGeneration":3,"nonce":"n1","session":"ses_1","tool":"ce.delete_stack","toolSchemaHash":"sha256:00"}""";
        var hash = CallHash.Compute("prod", 3, "ce.delete_stack", "sha256:00", "{\"force\":true}"u8, "ses_1", "ops-assistant", "n1");
        Assert.Equal("sha256:" + Sha256Hash.HexOf(Encoding.UTF8.GetBytes(text)), hash);
        Assert.Equal("sha256:c8de6e749a010698711c2922f9027e3f262fdc7f6c0678f2320b93c6e2bb4d31", hash);
    }

    [Fact]
    public void ToolSchemaHash_IsTheHashOfNameDescriptionAndSchema()
    {
        using var schema = JsonDocument.Parse("{\"type\": \"object\", \"properties\": {}}");
        Assert.Equal(
            Sha256Hash.Of("{\"description\":\"Writes \\\"it\\\".\\n\",\"inputSchema\":{\"properties\":{},\"type\":\"object\"},\"name\":\"files.write_file\"}"u8),
            ToolSchemaHash.Compute("files.write_file", "Writes \"it\".\n", schema.RootElement));
    }

    [Fact]
    public void HexOf_TheEmptyText_IsThePublishedDigest() =>
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Sha256Hash.HexOf([]));

    private static bool Whole(string text) => text.EnumerateRunes().All(r => r.Value != 0xFFFD);
}
