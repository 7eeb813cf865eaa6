using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace GovernedAgents.Silo.Http;

/// <summary>Ids that follow from who asks and with which idempotency key, so that a repeat finds what the first made.</summary>
public static class Ids
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Call(string session, string key) => "call_" + Derive($"{session}\n{key}");
    public static string SessionOf(string issuer, string subject, string key) => "ses_" + Derive($"person\n{issuer}\n{subject}\n{key}");
    public static string ChildOf(string parent, string key) => "ses_" + Derive($"session\n{parent}\n{key}");

    /// <summary>Whether a path could name such a thing at all: what cannot is 404 without waking anything up.</summary>
    public static bool Fits(string prefix, string id) =>
        id.Length > prefix.Length && id.Length <= prefix.Length + 64 && id.StartsWith(prefix, StringComparison.Ordinal) && id.AsSpan(prefix.Length).IndexOfAnyExcept(IdCharacters) < 0;

    /// <summary>Lower-case base32 of the first 20 bytes of SHA-256: 32 characters.</summary>
    private static string Derive(string text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 20);
        return string.Create(32, hash, static (chars, bytes) =>
        {
            for (var i = 0; i < chars.Length; i++)
            {
                var bit = i * 5;
                var pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[bit / 8 + 1] : 0);
                chars[i] = Alphabet[(pair >> (11 - bit % 8)) & 31];
            }
        });
    }
}
