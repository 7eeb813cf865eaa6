using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Grains.Configuration;

/// <summary>Thrown when the configuration folder has problems: all of them, one a line. At start it ends the silo; later nothing of the folder is taken.</summary>
public sealed class ConfigurationException(string message) : Exception(message);

/// <summary>The YAML files of the configuration folder as they are at one moment.</summary>
/// <param name="Digest">Of names and contents.</param>
internal sealed record ConfigurationFolder(string Path, IReadOnlyList<ConfigurationFile> Files, string Digest)
{
    /// <exception cref="ConfigurationException">There is no such folder.</exception>
    public static ConfigurationFolder Read(string path)
    {
        if (!Directory.Exists(path)) throw new ConfigurationException($"The configuration folder '{path}' does not exist. Set Governance:ConfigPath, or start with '-- demo' for an example.");
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = new List<ConfigurationFile>();
        foreach (var file in Directory.EnumerateFiles(path).Where(file => System.IO.Path.GetExtension(file) is ".yaml" or ".yml").Order(StringComparer.Ordinal))
        {
            var name = System.IO.Path.GetFileName(file);
            var bytes = Beginning(file);
            digest.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            digest.AppendData(SHA256.HashData(bytes));
            files.Add(new ConfigurationFile(name, Text(bytes)));
        }

        return new ConfigurationFolder(path, files, Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    /// <param name="connectors">The kinds of connectors that this silo has.</param>
    /// <exception cref="ConfigurationException">Every problem of every file.</exception>
    public (ConfigurationSet Set, IReadOnlyList<ConfigurationProblem> Warnings) Parse(IReadOnlyCollection<string> connectors)
    {
        var read = ConfigurationReader.Read(Files, connectors);
        if (read.Problems.Count == 0 && read.Set is { } set) return (set, read.Warnings);
        throw new ConfigurationException($"The configuration in '{Path}' has {read.Problems.Count} problem(s):\n{string.Join('\n', read.Problems.Select(problem => $"  {problem.File}:{problem.Line}:{problem.Column}: {problem.Message}"))}");
    }

    /// <summary>A file that is too large is read as far as it takes to see that.</summary>
    private static byte[] Beginning(string file)
    {
        using var stream = File.OpenRead(file);
        var bytes = new byte[Math.Min(stream.Length, ConfigurationReader.LargestFileBytes + 1)];
        return bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).ToArray();
    }

    private static string Text(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
