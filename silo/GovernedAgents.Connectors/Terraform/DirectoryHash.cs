using System.Security.Cryptography;
using System.Text;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>
/// What a configuration directory says: <c>sha256:</c> + hex over the sorted lines <c>path NUL sha256(content) LF</c> of its files, the lock file of the providers among them; without
/// <c>.terraform</c> and state files.
/// </summary>
internal static class DirectoryHash
{
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static string Of(string directory)
    {
        var lines = new StringBuilder();
        foreach (var (name, file) in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(directory, file).Replace('\\', '/'), file))
                     .Where(entry => Counts(entry.Item1)).OrderBy(entry => entry.Item1, StringComparer.Ordinal))
            lines.Append(name).Append('\0').Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))).Append('\n');
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())))}";
    }

    private static bool Counts(string path)
    {
        var parts = path.Split('/');
        return !parts.Contains(".terraform") && !parts[^1].Contains(".tfstate", StringComparison.Ordinal) && !parts[^1].Equals("crash.log", StringComparison.Ordinal);
    }
}
