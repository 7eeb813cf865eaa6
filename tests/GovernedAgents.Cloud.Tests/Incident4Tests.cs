using System.Text.Json;
using GovernedAgents.Cloud.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests;

/// <summary>
/// Incident 4 (February 2026): an agent ran <c>terraform destroy</c> over a school's production. Real terraform and its real AWS provider against moto_server with signatures and IAM.
/// </summary>
public sealed class Incident4Tests(MotoServer moto) : IClassFixture<MotoServer>
{
    [Fact]
    public async Task DestroyPlan_IsShownByResource_AndAChangedWorldOrPlanVoidsIt()
    {
        using var cloud = new GuardedCloud(moto);
        cloud.AddTools(await Infra.WriteAsync(cloud.At.Config, moto));
        using var api = new Api(cloud.At);
        await using var silo = await SiloProcess.StartAsync(cloud.At);
        var agent = await Agent.StartAsync(api);

        // The school is set up: creating is within the agent's tier and needs nobody.
        var made = await PlanAsync(agent, destroy: false);
        Assert.Equal((3, 0, 0), (Count(made, "creates"), Count(made, "replaces"), Count(made, "deletes")));
        var applied = await AskAsync(agent, "apply", made);
        Assert.True((await agent.EndedAsync(applied.Get("id")!)).Get("state") == "succeeded", (await agent.EndedAsync(applied.Get("id")!)).Text);
        Assert.Equal(["answers", "courses"], await TablesAsync(agent));

        // The agent wants it all gone: held, and the card names every resource.
        var all = await PlanAsync(agent, destroy: true);
        await moto.RecordAsync();
        var (call, approval) = Agent.Held(await AskAsync(agent, "destroy", all));
        var preview = (await api.GetAsync($"/v1/approvals/{approval}", api.Reviewer("alice"))).Body.GetProperty("card").GetProperty("preview");
        Assert.Equal(3, preview.GetProperty("deletes").GetInt32());
        Assert.Equal(["delete aws_dynamodb_table.answers [stateful]", "delete aws_dynamodb_table.courses [stateful]", "delete aws_vpc.school"], [.. preview.GetProperty("items").EnumerateArray().Select(item => item.GetString()).Order(StringComparer.Ordinal)]);

        // The world changes between the votes and the start: void, and nothing was deleted.
        await api.ApproveAsync(approval, api.Reviewer("alice"));
        var vpc = (await agent.ReadAsync("ec2", "DescribeVpcs", new { Filters = new[] { new { Name = "cidr", Values = new[] { "192.0.2.0/24" } } } })).GetProperty("Vpcs")[0].GetProperty("VpcId").GetString();
        Agent.Succeeded(await agent.CloudAsync("ec2", "CreateTags", new { Resources = new[] { vpc }, Tags = new[] { new { Key = "term", Value = "has begun" } } }));
        await api.ApproveAsync(approval, api.Reviewer("bob"));
        var voided = await agent.EndedAsync(call);
        Assert.True(voided.Get("state") == "voided" && voided.Text.Contains("not as the reviewers saw it", StringComparison.Ordinal), voided.Text);
        Assert.DoesNotContain(await moto.RecordedAsync(), Deletes);

        // The overtaken plan is refused; so is another's hash, which nobody kept.
        Assert.Contains("has changed since this plan was made", (await AskAsync(agent, "destroy", all)).Text, StringComparison.Ordinal);
        Assert.Contains("No plan with this hash is kept", (await agent.AskAsync("infra.destroy", new { plan = "sha256:" + new string('0', 64) })).Text, StringComparison.Ordinal);

        // A new plan of the world as it is, with its quorum: exactly that happens.
        var again = await PlanAsync(agent, destroy: true);
        Assert.NotEqual(Hash(all), Hash(again));
        (call, approval) = Agent.Held(await AskAsync(agent, "destroy", again));
        await api.ApproveAsync(approval, api.Reviewer("alice"));
        Assert.DoesNotContain(await moto.RecordedAsync(), Deletes);
        await api.ApproveAsync(approval, api.Reviewer("bob"));
        var gone = await agent.EndedAsync(call);
        Assert.True(gone.Get("state") == "succeeded", gone.Text);
        Assert.Empty(await TablesAsync(agent));
        Assert.Equal(3, (await moto.RecordedAsync()).Count(Deletes));
    }

    private static bool Deletes(string request) => request.Contains(".DeleteTable", StringComparison.Ordinal) || request.Contains("Action=DeleteVpc", StringComparison.Ordinal);

    private static Task<Reply> AskAsync(Agent agent, string tool, JsonElement plan) => agent.AskAsync($"infra.{tool}", new { plan = Hash(plan) });

    private static async Task<JsonElement> PlanAsync(Agent agent, bool destroy)
    {
        var asked = await agent.AskAsync("infra.plan", new { destroy });
        return Agent.Succeeded(await agent.EndedAsync(asked.Get("id") ?? throw new InvalidOperationException(asked.Text)));
    }

    private static string? Hash(JsonElement plan) => plan.GetProperty("plan").GetString();

    private static int Count(JsonElement plan, string what) => plan.GetProperty(what).GetInt32();

    private static async Task<string?[]> TablesAsync(Agent agent) => [.. (await agent.ReadAsync("dynamodb", "ListTables", new { })).GetProperty("TableNames").EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal)];
}
