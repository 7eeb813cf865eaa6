using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Identity;

/// <summary>
/// Signs and recognises the credential of one session: ES256, issuer and audience disjoint from people's. It names the session and carries no right of its own; whether the
/// session still is active is asked of the session.
/// </summary>
public sealed class SessionTokens(string keyPath, TimeProvider time) : IDisposable
{
    public const string Issuer = "governedagents-silo";
    public const string Audience = "governedagents-session";

    private readonly ECDsa _key = KeyFile.LoadOrCreate(keyPath);
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    // A factory of its own: the process-wide one caches by the key's value and would go on using the disposed key of a host that has ended.
    public SecurityKey VerificationKey => field ??= new ECDsaSecurityKey(_key) { KeyId = "session-token", CryptoProviderFactory = new CryptoProviderFactory() };

    /// <summary>A token that is good until <paramref name="expiresAt"/> (whole seconds, rounded down).</summary>
    public string Issue(string sessionId, DateTimeOffset expiresAt) => _handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = sessionId, [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString("N") },
        IssuedAt = time.GetUtcNow().UtcDateTime,
        Expires = expiresAt.UtcDateTime,
        SigningCredentials = new SigningCredentials(VerificationKey, SecurityAlgorithms.EcdsaSha256),
    });

    public void Dispose() => _key.Dispose();
}
