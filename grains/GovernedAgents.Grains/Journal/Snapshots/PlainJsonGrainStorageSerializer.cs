using System.Text.Encodings.Web;
using System.Text.Json;
using Orleans.Storage;

namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>Grain state as plain JSON. The default writes names of CLR types into the data, and a renamed class could not read it any more.</summary>
public sealed class PlainJsonGrainStorageSerializer : IGrainStorageSerializer
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, Options));

    public T Deserialize<T>(BinaryData input) =>
        JsonSerializer.Deserialize<T>(input.ToMemory().Span, Options) ?? throw new JsonException("Stored grain state is null.");
}
