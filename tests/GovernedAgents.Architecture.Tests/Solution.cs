using System.Xml.Linq;

namespace GovernedAgents.Architecture.Tests;

/// <summary>The source tree as the tests read it: found upwards from the test's own output.</summary>
internal static class Solution
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every project file outside build outputs, by its name without extension.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = Directory
        .EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"))
        .ToDictionary(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Names of the projects that this one refers to itself.</summary>
    public static IReadOnlyList<string> ProjectReferences(string project) =>
        [.. Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public static IReadOnlyList<string> PackageReferences(string project) => [.. Items(project, "PackageReference")];

    public static string Sdk(string project) => XDocument.Load(Projects[project]).Root!.Attribute("Sdk")!.Value;

    public static IReadOnlyList<string> Items(string project, string kind) =>
        [.. XDocument.Load(Projects[project]).Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>()];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "GovernedAgents.sln"))) return folder.FullName;
        throw new InvalidOperationException($"GovernedAgents.sln is not above '{AppContext.BaseDirectory}': run the tests from the source tree.");
    }
}
