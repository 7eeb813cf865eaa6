using System.Text.Json;
using GovernedAgents.Policy.Schemas;
using Xunit;

namespace GovernedAgents.Policy.Tests.Schemas;

/// <summary>The official JSON-Schema-Test-Suite, which <c>tests/setup/json-schema-suite.sh</c> brings.</summary>
public sealed class OfficialSuiteTests
{
    // Asked for by the suite of optional behaviour, and decided otherwise here.
    private static readonly string[] OtherOptions = ["format-assertion.json", "format-annotation.json", "dependencies-compatibility.json", "cross-draft.json"];

    [Fact]
    public void Validate_OnTheOfficialSuite_AgreesWhereverTheSchemaIsAccepted()
    {
        var folder = Path.Combine(Repository(), "tests", ".cache", "json-schema-suite", "draft2020-12");
        Assert.True(Directory.Exists(folder), $"{folder} is missing: run tests/setup/json-schema-suite.sh.");

        var disagreements = new List<string>();
        var refused = new List<string>();
        var agreed = 0;
        foreach (var file in Directory.GetFiles(folder, "*.json").Concat(Directory.GetFiles(Path.Combine(folder, "optional"), "*.json")).Order(StringComparer.Ordinal))
        {
            if (OtherOptions.Contains(Path.GetFileName(file))) continue;
            using var groups = JsonDocument.Parse(File.ReadAllText(file), new JsonDocumentOptions { MaxDepth = 200 });
            foreach (var group in groups.RootElement.EnumerateArray())
            {
                var name = $"{Path.GetFileName(file)}: {group.GetProperty("description").GetString()}";
                if (!ToolSchema.TryCompile(group.GetProperty("schema"), out var schema, out var problem))
                {
                    refused.Add($"{name}: {problem}");
                    continue;
                }

                foreach (var test in group.GetProperty("tests").EnumerateArray())
                {
                    var faults = schema.Validate(test.GetProperty("data"));
                    if (faults.Count == 0 == test.GetProperty("valid").GetBoolean()) agreed++;
                    else disagreements.Add($"{name}: {test.GetProperty("description").GetString()}: {string.Join("; ", faults)}");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{agreed} agree, {refused.Count} groups refused:\n{string.Join("\n", refused)}");
        Assert.Empty(disagreements);
        Assert.All(refused, line => Assert.Matches("is not supported|leads to no schema|means nothing in|below the root|without a fragment", line));
        Assert.True(agreed > 900, $"Only {agreed} tests were run.");
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "GovernedAgents.sln"))) folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new InvalidOperationException("No repository above the tests.");
        return folder;
    }
}
