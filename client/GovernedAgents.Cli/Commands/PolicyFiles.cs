using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Cli.Commands;

/// <summary>YAML files as the silo would read them.</summary>
internal static class PolicyFiles
{
    /// <param name="paths">Files, or folders whose <c>*.yaml</c> and <c>*.yml</c> are read.</param>
    /// <exception cref="UsageException">A path is not there, or a folder holds nothing to read.</exception>
    public static ConfigurationResult Read(IReadOnlyList<string> paths)
    {
        var files = paths.SelectMany(path => Directory.Exists(path) ? InFolder(path) : File.Exists(path) ? [path] : throw new UsageException($"{path} is not there.")).Distinct(StringComparer.Ordinal).ToList();
        return ConfigurationReader.Read([.. files.Select(file => new ConfigurationFile(file, File.ReadAllText(file)))]);
    }

    /// <summary>The one policy of a file.</summary>
    /// <exception cref="UsageException">The file has problems, or not exactly one policy.</exception>
    public static PolicyDefinition One(string path)
    {
        var read = Read([path]);
        if (read.Problems.Count > 0) throw new UsageException($"{path} has problems; \"gov policy validate {path}\" lists them. The first: {read.Problems[0]}");
        return read.Set!.Policies.Count == 1 ? read.Set.Policies.Values.Single() : throw new UsageException($"{path} holds {read.Set.Policies.Count} policies; give a file with one.");
    }

    private static List<string> InFolder(string path)
    {
        var files = Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is ".yaml" or ".yml").Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new UsageException($"{path} holds no .yaml files.");
    }
}
