using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Identity;

/// <summary>The public keys of a JWKS file. Read again when the file changes, so keys rotate; a broken file never replaces keys that work.</summary>
public sealed partial class JwksFile(string path, ILogger logger)
{
    private readonly Lock _gate = new();
    private (DateTime Written, long Length) _seen;
    private IReadOnlyList<SecurityKey> _keys = [];

    /// <summary>O(1) beside one look at the file's time and size.</summary>
    public IReadOnlyList<SecurityKey> Keys
    {
        get
        {
            lock (_gate)
            {
                try
                {
                    var file = new FileInfo(path);
                    if (!file.Exists || (file.LastWriteTimeUtc, file.Length) == _seen) return _keys;
                    _seen = (file.LastWriteTimeUtc, file.Length);
                    _keys = Parse(File.ReadAllText(path));
                    LogRead(path, _keys.Count);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
                {
                    LogBroken(path, fault.Message);
                }
                return _keys;
            }
        }
    }

    /// <exception cref="FormatException">No JWKS, or not one usable key in it.</exception>
    public static IReadOnlyList<SecurityKey> Parse(string json)
    {
        JsonWebKeySet set;
        try { set = new JsonWebKeySet(json); }
        catch (Exception fault) when (fault is ArgumentException or System.Text.Json.JsonException) { throw new FormatException("It is not a JSON Web Key Set.", fault); }
        var keys = set.Keys.Where(IsUsable).ToArray<SecurityKey>();
        return keys.Length > 0 ? keys : throw new FormatException("It holds no public key for signatures: RSA of at least 2048 bits, or EC P-256.");
    }

    // Symmetric keys are left out whatever they claim: with one, whoever verifies could also sign.
    private static bool IsUsable(JsonWebKey key) => key.Use is null or "" or "sig" && key.Kty switch
    {
        JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv == JsonWebKeyECTypes.P256 && key.X is not null && key.Y is not null,
        JsonWebAlgorithmsKeyTypes.RSA => key.N is not null && key.E is not null && key.KeySize >= 2048,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Read {Count} key(s) from {Path}")]
    private partial void LogRead(string path, int count);
    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be used, the keys read before stay: {Reason}")]
    private partial void LogBroken(string path, string reason);
}
