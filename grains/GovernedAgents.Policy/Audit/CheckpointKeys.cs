using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Policy.Audit;

/// <summary>Public keys (ECDSA P-256) that checkpoints are judged by, from a JWKS (RFC 7517) as <c>/v1/audit/checkpoints</c> returns it.</summary>
public sealed class CheckpointKeys : IDisposable
{
    private readonly Dictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> KeyIds => _keys.Keys;

    /// <exception cref="FormatException">Not a JWKS of P-256 keys, or a key without <c>kid</c>.</exception>
    public static CheckpointKeys Parse(string jwks)
    {
        var keys = new CheckpointKeys();
        try
        {
            using var document = JsonDocument.Parse(jwks);
            foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
            {
                if (key.GetProperty("kty").GetString() != "EC" || key.GetProperty("crv").GetString() != "P-256")
                    throw new FormatException("Checkpoints are signed with P-256 keys; the key set holds another kind.");
                var point = new ECPoint { X = Decode(key, "x"), Y = Decode(key, "y") };
                keys._keys[key.GetProperty("kid").GetString()!] = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
            }

            return keys;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or CryptographicException or ArgumentException)
        {
            keys.Dispose();
            throw new FormatException($"The key set cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>The public half as one JWK.</summary>
    public static string Jwk(ECDsa key)
    {
        var (x, y) = Coordinates(key);
        return $$"""{"alg":"ES256","crv":"P-256","kid":"{{KeyId(key)}}","kty":"EC","use":"sig","x":"{{x}}","y":"{{y}}"}""";
    }

    /// <summary>RFC 7638 thumbprint, base64url.</summary>
    public static string KeyId(ECDsa key)
    {
        var (x, y) = Coordinates(key);
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
    }

    public static Checkpoint Sign(ECDsa key, Checkpoint unsigned)
    {
        var named = unsigned with { KeyId = KeyId(key) };
        return named with { Signature = Base64Url.EncodeToString(key.SignData(named.SigningBytes(), HashAlgorithmName.SHA256)) };
    }

    /// <summary>False for a key that is not in the set, as for a signature that does not fit.</summary>
    public bool Verify(Checkpoint checkpoint)
    {
        if (!_keys.TryGetValue(checkpoint.KeyId, out var key) || !Base64Url.IsValid(checkpoint.Signature)) return false;
        return key.VerifyData(checkpoint.SigningBytes(), Base64Url.DecodeFromChars(checkpoint.Signature), HashAlgorithmName.SHA256);
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        _keys.Clear();
    }

    private static (string X, string Y) Coordinates(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }

    private static byte[] Decode(JsonElement key, string member) => Base64Url.DecodeFromChars(key.GetProperty(member).GetString());
}
