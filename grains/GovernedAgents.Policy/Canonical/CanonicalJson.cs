using System.Runtime.InteropServices;
using System.Text.Json;

namespace GovernedAgents.Policy.Canonical;

/// <summary>
/// RFC 8785 (JSON Canonicalization Scheme): the one byte form of a JSON value that is hashed, journaled and shown. Stricter than the RFC at
/// the input: what would not survive the way through binary64 and UTF-16 is refused, so two different texts never share a form by loss.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Containers within containers: 64 levels are accepted.</summary>
    public const int MaxDepth = 64;

    /// <summary>O(n log n) in the members of an object, O(n) otherwise.</summary>
    /// <exception cref="CanonicalJsonException">Not UTF-8, not JSON, duplicate key, lone surrogate, lossy number, nested too deep.</exception>
    public static byte[] Canonicalize(ReadOnlyMemory<byte> utf8Json) => Canonicalize(utf8Json.Span);

    /// <inheritdoc cref="Canonicalize(ReadOnlyMemory{byte})"/>
    public static byte[] Canonicalize(ReadOnlySpan<byte> utf8Json) => Canonicalizer.Run(utf8Json);

    /// <inheritdoc cref="Canonicalize(ReadOnlyMemory{byte})"/>
    public static byte[] Canonicalize(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
            throw new CanonicalJsonException(CanonicalJsonException.BadRequest, "", "There is no JSON value.");
        return Canonicalizer.Run(JsonMarshal.GetRawUtf8Value(element));
    }
}
