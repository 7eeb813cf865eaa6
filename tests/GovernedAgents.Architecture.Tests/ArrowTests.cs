using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace GovernedAgents.Architecture.Tests;

/// <summary><c>Policy ← Contracts ← {Grains, Connectors} ← Silo; Client stands alone, its adapters see it alone; Cli → {Client, Policy}</c>, in the project files and in what the compiler made of them.</summary>
public sealed class ArrowTests
{
    private const string Policy = "GovernedAgents.Policy", Contracts = "GovernedAgents.Contracts", Grains = "GovernedAgents.Grains",
        Connectors = "GovernedAgents.Connectors", Silo = "GovernedAgents.Silo", Client = "GovernedAgents.Client", Cli = "GovernedAgents.Cli", Sample = "CostExplorerTools",
        ExtensionsAI = "GovernedAgents.Client.ExtensionsAI", SemanticKernel = "GovernedAgents.Client.SemanticKernel";

    /// <summary>What each product project may refer to itself; the compiled assembly may also see what lies behind those.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        [Policy] = [],
        [Contracts] = [Policy],
        [Grains] = [Contracts],
        [Connectors] = [Contracts],
        [Silo] = [Grains, Connectors, Sample],
        [Client] = [],
        [ExtensionsAI] = [Client],
        [SemanticKernel] = [ExtensionsAI],
        [Cli] = [Client, Policy],
        [Sample] = [],
        ["Quickstart"] = [ExtensionsAI],
        ["SemanticKernelAgent"] = [SemanticKernel],
        ["McpClient"] = [Client],
        ["MultiAgent"] = [ExtensionsAI],
    };

    /// <summary>What the attributes of serialized types come from; the command line sees them through the core. No grain runtime, no networking.</summary>
    private static readonly string[] Attributes = ["Orleans.Core.Abstractions", "Orleans.Serialization", "Orleans.Serialization.Abstractions"];

    public static TheoryData<string> ProductProjects => [.. Arrows.Keys];
    public static TheoryData<string> Compiled => [.. Arrows.Keys.Where(project => !IsUnder(project, "client/samples"))];

    [Fact]
    public void Product_HasOnlyProjectsThatTheArrowsKnow()
    {
        var unknown = Solution.Projects.Keys.Where(project => !Arrows.ContainsKey(project) && !IsUnder(project, "tests"));
        Assert.Empty(unknown);
    }

    [Theory, MemberData(nameof(ProductProjects))]
    public void ProjectFile_RefersOnlyAlongTheArrows(string project) =>
        Assert.Empty(Solution.ProjectReferences(project).Except(Arrows[project]));

    /// <summary>The silo takes the sample along for the demo's own process; no line of it may be compiled against it.</summary>
    [Fact]
    public void Silo_NeverCompilesAgainstTheSample() =>
        Assert.DoesNotContain(Sample, Load(Silo).GetReferencedAssemblies().Select(name => name.Name));

    [Theory, MemberData(nameof(Compiled))]
    public void Assembly_RefersOnlyToWhatLiesBehindItsArrows(string project)
    {
        var allowed = Behind(project);
        var seen = Load(project).GetReferencedAssemblies().Select(name => ProjectOf(name.Name!)).Where(Arrows.ContainsKey);
        Assert.Subset(allowed, seen.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>People put the client into their own programs: it brings neither a server nor a cluster along.</summary>
    [Theory]
    [InlineData(Client)]
    [InlineData(ExtensionsAI)]
    [InlineData(SemanticKernel)]
    [InlineData(Cli)]
    public void Client_KnowsNeitherAspNetCoreNorTheClusterRuntime(string project)
    {
        var packages = Solution.PackageReferences(project);
        Assert.DoesNotContain(packages, package => package.Contains("Orleans", StringComparison.Ordinal) || package.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.Empty(Solution.Items(project, "FrameworkReference"));
        Assert.Equal("Microsoft.NET.Sdk", Solution.Sdk(project));
        var allowed = project == Cli ? Attributes : [];
        Assert.DoesNotContain(Load(project).GetReferencedAssemblies(), name => name.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            || (name.Name.StartsWith("Orleans", StringComparison.Ordinal) && !allowed.Contains(name.Name)));
    }

    /// <summary>Decisions are pure: the serializer's attributes are all that the core may know of Orleans, and it has no ASP.NET, no database, no logging.</summary>
    [Fact]
    public void Policy_KnowsNoRuntime()
    {
        Assert.Empty(Solution.PackageReferences(Policy).Except(["Microsoft.Orleans.Sdk", "YamlDotNet"]));
        var seen = Load(Policy).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name != "YamlDotNet" && !Attributes.Contains(name));
        Assert.Empty(seen);
    }

    /// <summary>Files, sockets, processes and sources of time: a decision that could ask them could not be replayed. Judged by what the compiled core names.</summary>
    [Fact]
    public void Policy_DoesNoIo()
    {
        using var image = new PEReader(File.OpenRead(Load(Policy).Location));
        var metadata = image.GetMetadataReader();
        var named = metadata.TypeReferences.Select(handle => metadata.GetTypeReference(handle))
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}").ToHashSet(StringComparer.Ordinal);
        Assert.Contains("System.IO.Stream", named);
        string[] forbidden = ["System.IO.File", "System.IO.FileStream", "System.IO.FileInfo", "System.IO.Directory", "System.IO.DirectoryInfo", "System.TimeProvider", "System.Environment",
            "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Threading.Timer", "System.Threading.PeriodicTimer"];
        Assert.DoesNotContain(named, name => forbidden.Contains(name) || name.StartsWith("System.Net.", StringComparison.Ordinal));
    }

    private static HashSet<string> Behind(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(Arrows[project]);
        while (open.TryPop(out var next))
            if (found.Add(next)) foreach (var further in Arrows[next]) open.Push(further);
        return found;
    }

    private static Assembly Load(string project) => Assembly.Load(project == Cli ? "gov" : project);

    private static string ProjectOf(string assembly) => assembly == "gov" ? Cli : assembly;

    private static bool IsUnder(string project, string folder) =>
        Path.GetRelativePath(Solution.Root, Solution.Projects[project]).StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
