using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Policy.Events;

/// <summary>Thrown at replay for a kind that this version does not know: the state cannot be trusted, so nothing is served from it.</summary>
public sealed class UnknownEventKindException(string kind)
    : Exception($"The journal holds a record of kind '{kind}', which this version does not know. Start the version that wrote it, or a newer one.");

/// <summary>Events ↔ canonical payload bytes. Stored JSON names no CLR type: the record's kind says what it is.</summary>
public static class EventCodec
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Members leave in the order of RFC 8785 already, so that canonicalising has nothing to sort.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { InOrder } },
    };

    private const int KeptBytes = 256 * 1024;
    [ThreadStatic] private static ArrayBufferWriter<byte>? t_buffer;

    private static readonly FrozenDictionary<string, Type> Kinds = typeof(DomainEvent).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(DomainEvent)))
        .ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    private static void InOrder(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        var members = type.Properties.OrderBy(member => member.Name, StringComparer.Ordinal).ToList();
        type.Properties.Clear();
        foreach (var member in members) type.Properties.Add(member);
    }

    public static string KindOf(DomainEvent occurred) => occurred.GetType().Name;

    public static byte[] Encode(DomainEvent occurred)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Json.Encoder, SkipValidation = true });
        try
        {
            JsonSerializer.Serialize(writer, occurred, occurred.GetType(), Json);
            writer.Flush();
            return CanonicalJson.Canonicalize(buffer.WrittenSpan);
        }
        finally
        {
            if (buffer.Capacity > KeptBytes) t_buffer = null;
            else buffer.ResetWrittenCount();
        }
    }

    /// <exception cref="UnknownEventKindException">The kind is not one of this version's.</exception>
    public static DomainEvent Decode(string kind, ReadOnlySpan<byte> payload) =>
        Kinds.TryGetValue(kind, out var type)
            ? (DomainEvent)JsonSerializer.Deserialize(payload, type, Json)!
            : throw new UnknownEventKindException(kind);
}
