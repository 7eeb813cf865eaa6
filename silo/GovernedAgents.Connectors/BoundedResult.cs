using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Connectors;

/// <summary>JSON of a result, at most 1 MiB; a longer one becomes <c>{truncated, sha256, text}</c> with the text's beginning.</summary>
internal static class BoundedResult
{
    public const int MaxBytes = 1024 * 1024;
    public const int MaxDetailChars = 500;

    /// <param name="members">Writes the members of the result's object, redacted.</param>
    public static string Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return bytes.WrittenCount <= MaxBytes ? Encoding.UTF8.GetString(bytes.WrittenSpan) : Truncated(bytes.WrittenSpan);
    }

    /// <summary>Never in the middle of a surrogate pair.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <summary>The hash is of the redacted text: one of the original would let a reader of the result test guesses of a secret.</summary>
    private static string Truncated(ReadOnlySpan<byte> whole)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(whole));
        var text = Encoding.UTF8.GetString(whole[..MaxBytes]);
        // The text becomes a string inside JSON and grows by its escapes: look for the longest part that still fits.
        var (fits, over) = (0, text.Length);
        while (over - fits > 1)
        {
            var middle = (fits + over) / 2;
            if (Build(Cut(text, middle)).WrittenCount <= MaxBytes) fits = middle;
            else over = middle;
        }
        return Encoding.UTF8.GetString(Build(Cut(text, fits)).WrittenSpan);

        ArrayBufferWriter<byte> Build(string part)
        {
            var bytes = new ArrayBufferWriter<byte>(MaxBytes);
            using var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact);
            json.WriteStartObject();
            json.WriteBoolean("truncated", true);
            json.WriteString("sha256", sha256);
            json.WriteString("text", part);
            json.WriteEndObject();
            json.Flush();
            return bytes;
        }
    }
}
