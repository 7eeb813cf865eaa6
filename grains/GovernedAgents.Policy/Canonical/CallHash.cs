using System.Text;

namespace GovernedAgents.Policy.Canonical;

/// <summary>What reviewers vote on: one exact call. Any changed member is another hash.</summary>
public static class CallHash
{
    /// <summary>
    /// <c>sha256:</c> + hex over the RFC 8785 form of {environment, environmentGeneration, tool, toolSchemaHash, arguments, session, agent, nonce}.
    /// <paramref name="canonicalArguments"/> is the output of <see cref="CanonicalJson"/> and is taken as it is.
    /// </summary>
    /// <exception cref="CanonicalJsonException">A name holds a lone surrogate.</exception>
    public static string Compute(
        string environment, int environmentGeneration, string tool, string toolSchemaHash, ReadOnlySpan<byte> canonicalArguments,
        string session, string agent, string nonce)
    {
        // INVARIANT (canonical order): the members are written in the order of RFC 8785.
        var bytes = new ByteBuffer(512 + canonicalArguments.Length);
        Member("{\"agent\":"u8, agent, ref bytes);
        bytes.Add(",\"arguments\":"u8);
        bytes.Add(canonicalArguments);
        Member(",\"environment\":"u8, environment, ref bytes);
        bytes.Add(",\"environmentGeneration\":"u8);
        Span<byte> digits = stackalloc byte[16];
        environmentGeneration.TryFormat(digits, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
        bytes.Add(digits[..length]);
        Member(",\"nonce\":"u8, nonce, ref bytes);
        Member(",\"session\":"u8, session, ref bytes);
        Member(",\"tool\":"u8, tool, ref bytes);
        Member(",\"toolSchemaHash\":"u8, toolSchemaHash, ref bytes);
        bytes.Add((byte)'}');
        return Sha256Hash.Of(bytes.Span);
    }

    internal static void Member(ReadOnlySpan<byte> prefix, string value, ref ByteBuffer bytes)
    {
        bytes.Add(prefix);
        bytes.Add((byte)'"');
        CanonicalString.Escape(Encode(value), ref bytes);
        bytes.Add((byte)'"');
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static byte[] Encode(string value)
    {
        try
        {
            return Strict.GetBytes(value);
        }
        catch (EncoderFallbackException)
        {
            throw new CanonicalJsonException(CanonicalJsonException.LoneSurrogate, "", "A name holds a surrogate (\\ud800 to \\udfff) without its partner.");
        }
    }
}
