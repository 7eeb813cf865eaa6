using System.Xml.Linq;

namespace GovernedAgents.Architecture.Tests;

/// <summary>What every build relies on without saying it again.</summary>
public sealed class HabitTests
{
    [Fact]
    public void Solution_ListsEveryProject()
    {
        var listed = Solution.Text("GovernedAgents.sln").Replace('\\', '/');
        var missing = Solution.Projects.Values.Select(file => Path.GetRelativePath(Solution.Root, file).Replace('\\', '/')).Where(path => !listed.Contains($"\"{path}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void BannedSymbols_AreHeldInEveryProject()
    {
        var props = XDocument.Parse(Solution.Text("Directory.Build.props"));
        Assert.Contains(props.Descendants("PackageReference"), item => item.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers" && item.Attribute("Condition") is null);
        Assert.Contains(props.Descendants("AdditionalFiles"), item => item.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal) && item.Attribute("Condition") is null);
        Assert.Equal("true", props.Descendants("TreatWarningsAsErrors").Single().Value);
    }

    [Theory]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int32)")]
    [InlineData("P:System.Threading.Tasks.Task`1.Result")]
    public void BannedSymbols_NameTheClocksAndTheBlockingWaits(string symbol) =>
        Assert.Contains(Solution.Text("BannedSymbols.txt").Split('\n'), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    /// <summary>A project that switches the analyzer or the warnings off has left the rule above.</summary>
    [Fact]
    public void Projects_DoNotSwitchTheHabitsOff()
    {
        string[] switches = ["TreatWarningsAsErrors", "Nullable", "NoWarn", "AnalysisLevel", "RunAnalyzers", "RunAnalyzersDuringBuild", "EnforceCodeStyleInBuild"];
        var found = from project in Solution.Projects.Values
                    from element in XDocument.Load(project).Descendants()
                    where switches.Contains(element.Name.LocalName) || element.Attribute("VersionOverride") is not null || (element.Name.LocalName == "PackageReference" && element.Attribute("Version") is not null)
                    select $"{Path.GetFileName(project)}: {element.Name.LocalName}";
        Assert.Empty(found);
    }

    [Fact]
    public void Packages_HaveTheirVersionsInOnePlace_AndALockFileEach()
    {
        var unlocked = Solution.Projects.Values.Where(project => !File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")));
        Assert.Empty(unlocked.Select(Path.GetFileName));
    }
}
