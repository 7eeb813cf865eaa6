using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Client.Tests;

/// <summary>Judged by Microsoft.IdentityModel, as the silo does, not by our own code.</summary>
public sealed class GovTokenTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("gov-token-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public GovTokenTests()
    {
        Directory.CreateDirectory(Path.Combine(_data.FullName, "keys"));
        File.WriteAllText(Path.Combine(_data.FullName, "keys", "local-identity.pem"), _key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _key.Dispose();
        _data.Delete(recursive: true);
    }

    private static Task<TokenValidationResult> JudgeAsync(string token, ECDsa key, DateTimeOffset now) => new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
    {
        IssuerSigningKey = new ECDsaSecurityKey(key),
        ValidAlgorithms = ["ES256"],
        ValidIssuer = "governedagents-local",
        ValidAudience = "governedagents",
        LifetimeValidator = (_, expires, _, _) => expires > now.UtcDateTime,
    });

    [Fact]
    public async Task Token_IsAcceptedByAnIndependentJudge_WithExactlyTheClaimsAskedFor()
    {
        var server = new FakeServer();
        var now = server.Time.GetUtcNow();
        var (code, output, error) = await server.GovAsync(["token", "--subject", "alice", "--name", "Alice A.", "--role", "reviewer", "--role", "operator", "--group", "sre", "--data", _data.FullName]);
        Assert.Equal((0, ""), (code, error));
        var judged = await JudgeAsync(output.Trim(), _key, now);
        Assert.True(judged.IsValid, judged.Exception?.Message);
        var token = new JsonWebToken(output.Trim());
        Assert.Equal(("alice", "Alice A."), (token.Subject, token.GetClaim("name").Value));
        Assert.Equal(["reviewer", "operator"], token.Claims.Where(claim => claim.Type == "roles").Select(claim => claim.Value));
        Assert.Equal(["sre"], token.GetPayloadValue<string[]>("groups"));
        Assert.Equal(now.ToUnixTimeSeconds() + (8 * 3600), token.GetPayloadValue<long>("exp"));
        Assert.Equal(now.ToUnixTimeSeconds(), token.GetPayloadValue<long>("auth_time"));
        Assert.Equal(Base64UrlEncoder.Encode(JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(_key)).ComputeJwkThumbprint()), token.Kid);
    }

    [Fact]
    public async Task Token_UnderAnotherKeyOrAfterItsEnd_IsRefusedByTheSameJudge()
    {
        var server = new FakeServer();
        var token = (await server.GovAsync(["token", "--subject", "alice", "--role", "reviewer", "--data", _data.FullName, "--expires-in", "10m"])).Out.Trim();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False((await JudgeAsync(token, other, server.Time.GetUtcNow())).IsValid);
        Assert.False((await JudgeAsync(token, _key, server.Time.GetUtcNow().AddMinutes(11))).IsValid);
    }

    [Theory]
    [InlineData("--role", "king")]
    [InlineData("--expires-in", "soon")]
    [InlineData("--data", "/nowhere")]
    public async Task Token_AskedForWrongly_IsAUsageFaultAndPrintsNoToken(string option, string value)
    {
        var (code, output, error) = await new FakeServer().GovAsync(["token", "--subject", "alice", "--data", _data.FullName, .. option == "--data" ? Array.Empty<string>() : [option, value], .. option == "--data" ? ["--data", value] : Array.Empty<string>()]);
        Assert.Equal(2, code);
        Assert.DoesNotContain("eyJ", output, StringComparison.Ordinal);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task Token_FromAKeyOfAnotherCurve_IsRefused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(Path.Combine(_data.FullName, "keys", "local-identity.pem"), p384.ExportPkcs8PrivateKeyPem());
        Assert.Equal(2, (await new FakeServer().GovAsync(["token", "--subject", "alice", "--data", _data.FullName])).Code);
    }
}
