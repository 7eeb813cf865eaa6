using GovernedAgents.Agents.Tests.Kit;

namespace GovernedAgents.Agents.Tests.Samples;

/// <summary>Each sample as its user runs it: a program of its own, against a silo and the scripted model that comes with the samples.</summary>
public sealed class SampleTests(AgentHost host) : IClassFixture<AgentHost>
{
    private static readonly string Folder = Path.Combine(Npm.Root, "client", "samples");

    private Dictionary<string, string> Variables(ScriptedModel? model = null) => new()
    {
        ["GOV_SERVER"] = host.Address.ToString().TrimEnd('/'), ["GOV_TOKEN"] = host.Developer, ["OPENAI_BASE_URL"] = model?.Address.ToString() ?? "",
    };

    private async Task<string> RunAsync(string sample, ScriptedModel? model = null)
    {
        var (exit, output) = await Npm.RunProgramAsync("dotnet", [Path.Combine(Folder, sample, "bin", "Release", "net10.0", sample + ".dll")], Variables(model));
        Assert.True(exit == 0, output);
        return output;
    }

    [Theory]
    [InlineData("Quickstart")]
    [InlineData("SemanticKernelAgent")]
    public async Task Agent_ThatWantsToStartAfresh_IsToldThatPeopleLookFirst(string sample)
    {
        await using var model = await ScriptedModel.StartAsync(Path.Combine(Folder, "scripted-model.json"));
        Assert.Contains("It has not run: it waits for people to review it.", await RunAsync(sample, model), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Effects(), effect => effect["tool"]!.GetValue<string>() == "delete_environment");
    }

    [Fact]
    public async Task McpClient_SeesTheToolsAndTheReview()
    {
        var output = await RunAsync("McpClient");
        Assert.Contains("ops__update_stack:", output, StringComparison.Ordinal);
        Assert.Contains("ops__list_stacks → {\"stacks\":", output, StringComparison.Ordinal);
        Assert.Contains("ops__delete_stack → Not run yet: it waits for people", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MultiAgent_WorkersHaveSessionsBelowThePlanners()
    {
        await using var model = await ScriptedModel.StartAsync(Path.Combine(Folder, "scripted-model.json"));
        var output = await RunAsync("MultiAgent", model);
        Assert.Contains("Workers: one has looked, one waits for its review.", output, StringComparison.Ordinal);
        var workers = System.Text.RegularExpressions.Regex.Matches(output, "worker (ses_[a-z0-9]+)").Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(2, workers.Length);
        var parents = new HashSet<string>();
        foreach (var id in workers)
        {
            var session = await host.SendAsync("GET", $"/v1/sessions/{id}", host.Operator);
            parents.Add(session["parent"]!.GetValue<string>());
        }
        Assert.Single(parents);
    }

    [Theory]
    [InlineData("python3", "agent.py")]
    [InlineData("node", "agent.ts")]
    public async Task PlainHttpAgent_IsToldTheReviewsAddress(string program, string script)
    {
        var (exit, output) = await Npm.RunProgramAsync(program == "node" ? Npm.Node : program, [Path.Combine(Folder, "http", script)], Variables());
        Assert.True(exit == 0, output);
        Assert.Contains($"pending_review: {host.Address}v1/approvals/apr_", output, StringComparison.Ordinal);
    }
}
