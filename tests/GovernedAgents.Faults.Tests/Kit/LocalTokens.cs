using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>Signs people in with the key that a silo in Development keeps in its data folder.</summary>
internal static class LocalTokens
{
    public static string Of(Installation at, string subject, string[] roles, params string[] groups)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(at.Data, "keys", "local-identity.pem")));
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var jwk = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var signed = Part(new { alg = "ES256", kid = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(jwk))), typ = "JWT" }) + "."
            + Part(new { iss = "governedagents-local", aud = "governedagents", sub = subject, name = subject, roles, groups, auth_time = now, iat = now, exp = now + 28_800 });
        return signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    private static string Part<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
