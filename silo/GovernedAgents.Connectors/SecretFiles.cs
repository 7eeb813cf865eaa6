using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors;

/// <summary>Reads the secrets of a connector from their files and variables, anew each time they are needed, so a rotated file needs no restart of ours.</summary>
internal static class SecretFiles
{
    /// <returns>Environment variable → value, the last line break cut.</returns>
    /// <exception cref="IOException">A file cannot be read, or a variable is not set.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(ConnectorSettings settings, CancellationToken cancellation)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (variable, file) in settings.SecretFiles)
        {
            try
            {
                var text = await File.ReadAllTextAsync(Path.Combine(settings.WorkingDirectory, file), cancellation).ConfigureAwait(false);
                values[variable] = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"the file of secret '{variable}' cannot be read: {failure.Message}", failure);
            }
        }
        foreach (var (variable, source) in settings.SecretVariables)
            values[variable] = System.Environment.GetEnvironmentVariable(source) is { Length: > 0 } value ? value : throw new IOException($"the variable '{source}' that holds secret '{variable}' is not set in the silo's environment.");
        return values;
    }
}
