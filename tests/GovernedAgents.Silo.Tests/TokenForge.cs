using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Tests;

/// <summary>Makes tokens byte by byte, so that it can make wrong ones too.</summary>
public sealed class TokenForge : IDisposable
{
    public const string Issuer = "https://id.example", Audience = "governedagents";
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    public RSA RsaKey { get; } = RSA.Create(2048);

    public string Jwks => new JsonObject { ["keys"] = new JsonArray(Ec(Key, "ec-1"), Rsa(RsaKey, "rsa-1")) }.ToJsonString();

    public static JsonObject Ec(ECDsa key, string kid)
    {
        var point = key.ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = kid, ["use"] = "sig", ["x"] = Base64UrlEncoder.Encode(point.X), ["y"] = Base64UrlEncoder.Encode(point.Y) };
    }

    private static JsonObject Rsa(RSA key, string kid)
    {
        var open = key.ExportParameters(false);
        return new() { ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig", ["n"] = Base64UrlEncoder.Encode(open.Modulus), ["e"] = Base64UrlEncoder.Encode(open.Exponent) };
    }

    public static JsonObject Claims(params string[] roles) => new()
    {
        ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = "alice", ["name"] = "Alice", ["exp"] = Now + 600,
        ["roles"] = new JsonArray([.. roles.Select(r => (JsonNode)r)]), ["groups"] = new JsonArray("sre"),
    };

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public string Person(params string[] roles) => Es256(Claims(roles));
    public string Es256(JsonObject claims, string? kid = "ec-1") => Es256(Key, claims, kid);
    public static string Es256(ECDsa key, JsonObject claims, string? kid) => Assemble("ES256", kid, claims, bytes => key.SignData(bytes, HashAlgorithmName.SHA256));
    public string Rs256(JsonObject claims) => Assemble("RS256", "rsa-1", claims, bytes => RsaKey.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Assemble(string algorithm, string? kid, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null) header["kid"] = kid;
        var signed = $"{Base64UrlEncoder.Encode(header.ToJsonString())}.{Base64UrlEncoder.Encode(claims.ToJsonString())}";
        return $"{signed}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        Key.Dispose();
        RsaKey.Dispose();
    }
}
