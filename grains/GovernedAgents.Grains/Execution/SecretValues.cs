namespace GovernedAgents.Grains.Execution;

/// <summary>
/// The values of one secret file: what it holds now, and the last that it held before, because a server that runs still has the one that it was started with.
/// </summary>
internal sealed class SecretValues(string path)
{
    private const int Kept = 8;

    private readonly Lock _gate = new();
    private volatile IReadOnlyList<string> _values = Read(path) is { Length: > 0 } first ? [first] : [];

    /// <summary>Newest first. Reads the file each time: its time and size may be the same after a rotation, and of a mounted secret only a link changes.</summary>
    public IReadOnlyList<string> Now()
    {
        if (Read(path) is not { Length: > 0 } value || (_values.Count > 0 && _values[0] == value)) return _values;
        lock (_gate) return _values = [value, .. _values.Where(known => known != value).Take(Kept - 1)];
    }

    /// <summary>Null while there is no file to read: then the values known so far go on being secrets.</summary>
    private static string? Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
