using System.Text;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Server-sent events as they come; of one event never more than the cap is held. One reader at a time.</summary>
internal sealed class EventStream(Stream stream, int capBytes)
{
    private readonly BoundedLines _lines = new(stream, capBytes);

    /// <summary>Where the server can be asked to go on; null when it gave no ids.</summary>
    public string? LastId { get; private set; }

    /// <summary>What the server asks us to wait before we connect again.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>The data of the next event that has any.</summary>
    public async Task<(LineEnd End, byte[] Data)> ReadAsync(CancellationToken cancellation)
    {
        using var data = new MemoryStream();
        while (true)
        {
            var (end, line) = await _lines.ReadAsync(cancellation).ConfigureAwait(false);
            if (end != LineEnd.Line) return (end, []);
            if (line.Span is [.., (byte)'\r']) line = line[..^1];
            if (line.Length == 0)
            {
                if (data.Length > 0) return (LineEnd.Line, data.ToArray());
                continue;
            }

            Take(line.Span, data);
            if (data.Length > capBytes) return (LineEnd.Over, []);
        }
    }

    private void Take(ReadOnlySpan<byte> line, MemoryStream data)
    {
        var colon = line.IndexOf((byte)':');
        if (colon == 0) return;
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? default : line[(colon + 1)..];
        if (value is [(byte)' ', ..]) value = value[1..];
        if (name.SequenceEqual("data"u8))
        {
            if (data.Length > 0) data.WriteByte((byte)'\n');
            data.Write(value);
        }
        else if (name.SequenceEqual("id"u8) && value.Length <= 1024 && !value.Contains((byte)0)) LastId = Encoding.UTF8.GetString(value);
        else if (name.SequenceEqual("retry"u8) && int.TryParse(value, out var milliseconds) && milliseconds is >= 0 and <= 60_000) Retry = TimeSpan.FromMilliseconds(milliseconds);
    }
}
