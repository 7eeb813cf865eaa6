using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Cli.Identity;

/// <summary>What a local token says.</summary>
internal sealed record LocalClaims
{
    public required string Subject { get; init; }
    public string? Name { get; init; }
    public IReadOnlyList<string> Roles { get; init; } = [];
    public IReadOnlyList<string> Groups { get; init; } = [];
    public required DateTimeOffset IssuedAt { get; init; }
    public required TimeSpan ExpiresIn { get; init; }
}

/// <summary>The key that a silo in Development makes for itself; whoever reads the file may sign in as anyone, on that silo alone.</summary>
internal sealed class LocalIdentityKey : IDisposable
{
    private const string Issuer = "governedagents-local";
    private const string Audience = "governedagents";
    private readonly ECDsa _key;

    private LocalIdentityKey(ECDsa key) => _key = key;

    public static string PathIn(string data) => Path.Combine(data, "keys", "local-identity.pem");

    /// <exception cref="UsageException">There is no such key, or the file is none.</exception>
    public static LocalIdentityKey Read(string data)
    {
        var path = PathIn(data);
        if (!File.Exists(path)) throw new UsageException($"No local key at {path}: start the silo once in Development (it makes the key), or give its data folder with --data.");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            var curve = key.ExportParameters(includePrivateParameters: true).Curve.Oid;
            if (curve.Value != ECCurve.NamedCurves.nistP256.Oid.Value && curve.FriendlyName != ECCurve.NamedCurves.nistP256.Oid.FriendlyName)
                throw new CryptographicException("another curve");
            return new LocalIdentityKey(key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new UsageException($"{path} is not an EC P-256 private key in PEM ({fault.Message}); delete it and restart the silo to get a new one.");
        }
    }

    /// <summary>RFC 7638 thumbprint of the public half.</summary>
    public string KeyId
    {
        get
        {
            var point = _key.ExportParameters(includePrivateParameters: false).Q;
            // The members in this order, without blanks, are what the thumbprint is defined over.
            var jwk = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
            return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(jwk)));
        }
    }

    /// <summary>A signed JWT (ES256).</summary>
    public string Sign(LocalClaims claims)
    {
        var header = new Dictionary<string, object> { ["alg"] = "ES256", ["kid"] = KeyId, ["typ"] = "JWT" };
        var now = claims.IssuedAt.ToUnixTimeSeconds();
        var payload = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = claims.Subject,
            ["name"] = claims.Name ?? claims.Subject,
            ["roles"] = claims.Roles,
            ["groups"] = claims.Groups,
            ["auth_time"] = now,
            ["iat"] = now,
            ["exp"] = now + (long)claims.ExpiresIn.TotalSeconds,
        };
        var signed = Encode(header) + "." + Encode(payload);
        return signed + "." + Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(Dictionary<string, object> part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
