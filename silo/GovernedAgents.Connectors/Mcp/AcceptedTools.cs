using System.Text.Json;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Which schema hash of which tool an operator stands by: <c>accepted-tools.json</c>, an object bare name → hash, readable by us alone.</summary>
internal sealed class AcceptedTools
{
    private const string FileName = "accepted-tools.json";
    private readonly string _file;
    private readonly Dictionary<string, string> _hashes;

    private AcceptedTools(string file, Dictionary<string, string> hashes, bool isFirst, string? unreadable) =>
        (_file, _hashes, IsFirst, Unreadable) = (file, hashes, isFirst, unreadable);

    /// <summary>No listing of this connector was ever accepted.</summary>
    public bool IsFirst { get; private set; }

    /// <summary>Why the file could not be understood. Then nothing is accepted: a damaged file must not accept anything.</summary>
    public string? Unreadable { get; }

    public static AcceptedTools Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file)) return new(file, new(StringComparer.Ordinal), isFirst: true, null);
        try
        {
            var hashes = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(file)) ?? throw new JsonException("It is null.");
            return new(file, new(hashes, StringComparer.Ordinal), isFirst: false, null);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            return new(file, new(StringComparer.Ordinal), isFirst: false, failure.Message);
        }
    }

    public string? HashOf(string bareName) => _hashes.GetValueOrDefault(bareName);

    /// <summary>Durable when it returns; on a failure nothing is accepted.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Accept(IEnumerable<KeyValuePair<string, string>> hashes)
    {
        var next = new SortedDictionary<string, string>(_hashes, StringComparer.Ordinal);
        foreach (var (name, hash) in hashes) next[name] = hash;
        Write(JsonSerializer.SerializeToUtf8Bytes(next));
        foreach (var (name, hash) in next) _hashes[name] = hash;
        IsFirst = false;
    }

    private void Write(byte[] bytes)
    {
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var folder = Path.GetDirectoryName(_file)!;
        var next = _file + ".next";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else
        {
            Directory.CreateDirectory(folder, ours | UnixFileMode.UserExecute);
            options.UnixCreateMode = ours;
        }
        using (var stream = new FileStream(next, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(next, _file, overwrite: true);
    }
}
