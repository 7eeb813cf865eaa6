using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;
using GovernedAgents.Policy.Schemas;

namespace GovernedAgents.Architecture.Tests;

/// <summary>What ships for people to start from: the policies of <c>deploy/policies</c> with their examples, and the schema that editors complete by.</summary>
public sealed class PolicyLibraryTests
{
    private static readonly ConfigurationResult Library = ConfigurationReader.Read(
        [.. Directory.EnumerateFiles(Path.Combine(Solution.Root, "deploy", "policies"), "*.yaml").Order(StringComparer.Ordinal).Select(file => new ConfigurationFile(Path.GetFileName(file), File.ReadAllText(file)))]);

    private static readonly ToolSchema Schema =
        ToolSchema.TryCompile(JsonDocument.Parse(ConfigurationSchema.Text).RootElement, out var schema, out var problem) ? schema : throw new InvalidOperationException(problem);

    [Fact]
    public void Library_HasNoProblemsAndNoWarnings()
    {
        Assert.Empty(Library.Problems);
        Assert.Empty(Library.Warnings);
        Assert.Equal(["change-freeze", "database", "production", "sandbox", "staging"], Library.Set!.Policies.Keys.Order());
    }

    [Fact]
    public void Library_DecidesItsExamplesAsWritten_AndHasOneForEveryRule()
    {
        foreach (var policy in Library.Set!.Policies.Values)
        {
            var report = PolicyTestRun.Run(CompiledPolicy.Compile(policy), Library.Set.PolicyTests.Values.Where(test => test.Policy == policy.Name));
            Assert.NotEmpty(report.Examples);
            Assert.Empty(report.Examples.Where(example => example.Fault is not null).Select(example => $"{example.Place} {example.Name}: {example.Fault}"));
            Assert.Empty(report.Untested);
        }
    }

    [Fact]
    public void Library_KeepsAnInvariantEach() => Assert.DoesNotContain(Library.Set!.Policies.Values, policy => policy.Invariants.Count == 0);

    public static TheoryData<string, string> Documents
    {
        get
        {
            var demo = ConfigurationReader.Read([.. Directory.EnumerateFiles(Path.Combine(Solution.Root, "silo", "GovernedAgents.Silo", "Demo", "config"), "*.yaml").Select(file => new ConfigurationFile(file, File.ReadAllText(file)))]).Set!;
            return
            [
                .. demo.Agents.Values.Select(one => ("Agent", one.ToCanonicalJson())), .. demo.Directories.Values.Select(one => ("Directory", one.ToCanonicalJson())),
                .. demo.Environments.Values.Select(one => ("Environment", one.ToCanonicalJson())), .. Library.Set!.Policies.Values.Select(one => ("Policy", one.ToCanonicalJson())),
            ];
        }
    }

    [Theory, MemberData(nameof(Documents))]
    public void Schema_AcceptsWhatTheReaderAccepts(string kind, string json)
    {
        Assert.True(IsRead(kind, json));
        Assert.Empty(Faults(json));
    }

    /// <summary>An unknown key anywhere: both refuse, or both take it for a name that people choose.</summary>
    [Theory, MemberData(nameof(Documents))]
    public void Schema_RefusesAnUnknownKeyWhereTheReaderDoes(string kind, string json)
    {
        foreach (var path in Objects(JsonNode.Parse(json)!, []))
        {
            var changed = JsonNode.Parse(json)!;
            Find(changed, path).AsObject()["colour"] = 7;
            Assert.True(IsRead(kind, changed.ToJsonString()) == (Faults(changed.ToJsonString()).Count == 0), $"An unknown key at /{string.Join('/', path)} of {kind}.");
        }
    }

    /// <summary>The schema never refuses what the silo would run: a member left out or of another type.</summary>
    [Theory, MemberData(nameof(Documents))]
    public void Schema_RefusesNothingThatTheReaderTakes(string kind, string json)
    {
        foreach (var path in Objects(JsonNode.Parse(json)!, []))
        {
            foreach (var (name, _) in Find(JsonNode.Parse(json)!, path).AsObject())
            {
                foreach (var value in new JsonNode?[] { null, 7, "text", new JsonArray(), new JsonArray("read"), new JsonObject() })
                {
                    var changed = JsonNode.Parse(json)!;
                    if (value is null) Find(changed, path).AsObject().Remove(name);
                    else Find(changed, path)[name] = value.DeepClone();
                    var faults = Faults(changed.ToJsonString());
                    if (faults.Count > 0) Assert.False(IsRead(kind, changed.ToJsonString()), $"/{string.Join('/', path)}/{name} = {value?.ToJsonString() ?? "(gone)"} of {kind}: {faults[0]}");
                }
            }
        }
    }

    private static IReadOnlyList<SchemaFault> Faults(string json) => Schema.Validate(JsonDocument.Parse(json).RootElement);

    private static bool IsRead(string kind, string json)
    {
        try
        {
            _ = kind switch
            {
                "Agent" => AgentDefinition.FromCanonicalJson(json).Name,
                "Directory" => DirectoryDefinition.FromCanonicalJson(json).Name,
                "Environment" => EnvironmentDefinition.FromCanonicalJson(json).Name,
                _ => PolicyDefinition.FromCanonicalJson(json).Name,
            };
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<object[]> Objects(JsonNode node, object[] path) => node switch
    {
        JsonObject map => map.Where(member => member.Value is not null).SelectMany(member => Objects(member.Value!, [.. path, member.Key])).Prepend(path),
        JsonArray list => list.SelectMany((item, index) => item is null ? [] : Objects(item, [.. path, index])),
        _ => [],
    };

    private static JsonNode Find(JsonNode root, object[] path) => path.Aggregate(root, (node, step) => step is string name ? node[name]! : node[(int)step]!);
}
