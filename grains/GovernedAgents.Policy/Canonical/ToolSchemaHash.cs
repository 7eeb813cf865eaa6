using System.Text.Json;

namespace GovernedAgents.Policy.Canonical;

/// <summary>The identity of a tool as its server describes it: a changed description or schema is another tool.</summary>
public static class ToolSchemaHash
{
    /// <summary><c>sha256:</c> + hex over the RFC 8785 form of {name, description, inputSchema}.</summary>
    /// <exception cref="CanonicalJsonException">The schema has no canonical form, or a text holds a lone surrogate.</exception>
    public static string Compute(string name, string description, JsonElement inputSchema)
    {
        var bytes = new ByteBuffer(1024);
        CallHash.Member("{\"description\":"u8, description, ref bytes);
        bytes.Add(",\"inputSchema\":"u8);
        bytes.Add(CanonicalJson.Canonicalize(inputSchema));
        CallHash.Member(",\"name\":"u8, name, ref bytes);
        bytes.Add((byte)'}');
        return Sha256Hash.Of(bytes.Span);
    }
}
