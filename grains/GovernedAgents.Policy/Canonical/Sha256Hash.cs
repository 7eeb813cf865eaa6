using System.Security.Cryptography;

namespace GovernedAgents.Policy.Canonical;

/// <summary>SHA-256 in the two spellings of the API.</summary>
public static class Sha256Hash
{
    /// <summary><c>sha256:</c> and 64 lower-case hex digits.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        Span<char> text = stackalloc char[7 + (2 * SHA256.HashSizeInBytes)];
        "sha256:".CopyTo(text);
        Convert.TryToHexStringLower(hash, text[7..], out _);
        return new string(text);
    }

    /// <summary>64 lower-case hex digits.</summary>
    public static string HexOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }
}
