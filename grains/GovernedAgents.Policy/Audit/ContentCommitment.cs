using System.Security.Cryptography;

namespace GovernedAgents.Policy.Audit;

/// <summary>
/// What a record holds in place of content: <c>sha256:</c> + hex HMAC-SHA256 of the bytes under the content's own salt. The salt is
/// kept with the content, so that after erasure the commitment tells nothing about bytes that could be guessed.
/// </summary>
public static class ContentCommitment
{
    public const int SaltBytes = 16;

    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    public static string Compute(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, content, mac);
        return "sha256:" + Convert.ToHexStringLower(mac);
    }
}
