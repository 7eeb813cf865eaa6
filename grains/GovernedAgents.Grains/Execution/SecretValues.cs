namespace GovernedAgents.Grains.Execution;

/// <summary>
/// The values of one secret: what its place holds now, and the last that it held before, because a server that runs still has the one that it was started with.
/// </summary>
internal sealed class SecretValues
{
    private const int Kept = 8;

    private readonly Lock _gate = new();
    private readonly Func<string?> _read;
    private volatile IReadOnlyList<string> _values;

    private SecretValues(Func<string?> read) => (_read, _values) = (read, read() is { Length: > 0 } first ? [first] : []);

    public static SecretValues OfFile(string path) => new(() => Read(path));

    public static SecretValues OfVariable(string name) => new(() => System.Environment.GetEnvironmentVariable(name));

    /// <summary>Newest first. Looks each time; of a file: its time and size may be the same after a rotation, and of a mounted secret only a link changes.</summary>
    public IReadOnlyList<string> Now()
    {
        if (_read() is not { Length: > 0 } value || (_values.Count > 0 && _values[0] == value)) return _values;
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
