using System.Text.Encodings.Web;
using System.Text.Json;

namespace CostExplorerTools;

/// <summary>One effect as the cloud saw it arrive. <see cref="CallId"/> is an opaque correlation id of the caller, if it sent one.</summary>
internal sealed record Effect(DateTimeOffset At, string Tool, JsonElement Arguments, string? CallId);

/// <summary>The cloud's own witness: <c>effects.jsonl</c>, one effect a line, on the disk before the effect happens.</summary>
internal sealed class EffectJournal(string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Append(Effect effect)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        // A process killed while writing leaves half a line: the next effect must not be glued to it.
        var torn = false;
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            torn = file.ReadByte() != '\n';
        }

        file.Seek(0, SeekOrigin.End);
        byte[] line = [.. torn ? "\n"u8 : default, .. JsonSerializer.SerializeToUtf8Bytes(effect, Json), (byte)'\n'];
        file.Write(line);
        file.Flush(flushToDisk: true);
    }
}
