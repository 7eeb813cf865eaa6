using System.Net;
using GovernedAgents.Cloud.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests;

/// <summary>
/// Incident 1 (December 2025): an agent that fixes a bug in Cost Explorer (China) decides to delete and recreate production. Against moto_server in aws-cn, with signatures and IAM.
/// </summary>
public sealed class Incident1Tests(MotoServer moto) : IClassFixture<MotoServer>
{
    private static bool Deletes(string request) => request.Contains("Action=DeleteStack", StringComparison.Ordinal);
    private static bool Creates(string request) => request.Contains("Action=CreateStack", StringComparison.Ordinal);

    [Fact]
    public async Task Recreating_IsHeld_AndTheDeletionHappensOnceAfterItsQuorum_AlsoWhenTheSiloIsKilledBeforeTheAnswer()
    {
        await using var hands = new Hands(moto);
        var template = await Production.SetUpAsync(hands);
        await using var thief = new AnswerThief(moto.Url, "Action=DeleteStack");
        using var cloud = new GuardedCloud(moto, thief.Url);
        using var api = new Api(cloud.At);
        Agent agent;
        string deletion, creation, review;
        await using (var silo = await SiloProcess.StartAsync(cloud.At))
        {
            agent = await Agent.StartAsync(api);
            await moto.RecordAsync();
            await LookAroundAsync(agent);

            (deletion, var approval) = Agent.Held(await agent.CloudAsync("cloudformation", "DeleteStack", new { StackName = Production.Stack }));
            (creation, review) = Agent.Held(await agent.CloudAsync("cloudformation", "CreateStack", new { StackName = Production.Stack, TemplateBody = template }));
            await ShowsWhatGoesAsync(api, approval);

            // Neither one of the two, nor two of the same side, is the quorum.
            await ApprovedAsync(api, approval, api.Reviewer("alice"));
            await ApprovedAsync(api, approval, api.Reviewer("bob"));
            Assert.Equal("pending", (await api.GetAsync($"/v1/approvals/{approval}", api.Reviewer("alice"))).Get("state"));
            Assert.DoesNotContain(await moto.RecordedAsync(), request => Deletes(request) || Creates(request));
            Assert.Equal(1, await Production.CostsAsync(hands));

            await ApprovedAsync(api, approval, LocalTokens.Of(cloud.At, "carol", ["reviewer"], "cost-explorer"));
            await thief.Taken.WaitAsync(TimeSpan.FromMinutes(1));
            await silo.KillAsync();
        }

        Assert.Single(await moto.RecordedAsync(), Deletes);
        await using (await SiloProcess.StartAsync(cloud.At))
        {
            // Nobody heard the answer: the stack is looked for, and is gone.
            var ended = await agent.EndedAsync(deletion);
            Assert.True(ended.Get("state") == "succeeded", ended.Text);
            Assert.Contains("looked at afterwards", ended.Text, StringComparison.Ordinal);

            var denied = await VoteAsync(api, review, "deny", api.Reviewer("alice"));
            Assert.True(denied.Acknowledged, denied.Text);
            Assert.Equal("denied", (await agent.EndedAsync(creation)).Get("state"));
            var (export, keys) = await AuditCheck.SettledAsync(api);
            AuditCheck.Judge(export, keys, [new WitnessedEffect(TimeProvider.System.GetUtcNow(), "DeleteStack", deletion)], []);
        }

        Assert.Single(await moto.RecordedAsync(), Deletes);
        Assert.DoesNotContain(await moto.RecordedAsync(), Creates);
    }

    /// <summary>Without the gate the same two calls run, and the costs are gone: a replay that cannot hurt would prove nothing.</summary>
    [Fact]
    public async Task Recreating_WithoutTheGate_LosesTheData()
    {
        var other = new MotoServer();
        await using (other)
        {
            await other.InitializeAsync();
            await using var hands = new Hands(other);
            var template = await Production.SetUpAsync(hands);
            Assert.Equal((1, 1), (await Production.CostsAsync(hands), await Production.InstancesAsync(hands)));
            await hands.DoAsync("cloudformation", "DeleteStack", new { StackName = Production.Stack });
            Assert.Equal((0, 0), (await Production.CostsAsync(hands), await Production.InstancesAsync(hands)));
            await hands.DoAsync("cloudformation", "CreateStack", new { StackName = Production.Stack, TemplateBody = template });
            Assert.Equal(0, await Production.CostsAsync(hands));
        }
    }

    private static async Task LookAroundAsync(Agent agent)
    {
        await agent.ReadAsync("ce", "GetCostAndUsage", new { TimePeriod = new { Start = "2025-12-01", End = "2025-12-31" }, Granularity = "MONTHLY", Metrics = new[] { "UnblendedCost" } });
        Assert.Equal(Production.Stack, (await agent.ReadAsync("cloudformation", "DescribeStacks", new { StackName = Production.Stack })).GetProperty("Stacks")[0].GetProperty("StackName").GetString());
        Assert.Equal(1, (await agent.ReadAsync("dynamodb", "Scan", new { TableName = Production.Table })).GetProperty("Items").GetArrayLength());
        await agent.ReadAsync("ec2", "DescribeInstances", new { });
        await agent.ReadAsync("s3", "ListObjectsV2", new { Bucket = "ce-reports" });
    }

    private static async Task ShowsWhatGoesAsync(Api api, string approval)
    {
        var preview = (await api.GetAsync($"/v1/approvals/{approval}", api.Reviewer("alice"))).Body.GetProperty("card").GetProperty("preview");
        var items = string.Join('\n', preview.GetProperty("items").EnumerateArray().Select(item => item.GetString()));
        Assert.All(["AWS::EC2::Instance Api", "AWS::S3::Bucket Reports (ce-reports)", "AWS::DynamoDB::Table Costs (ce-costs)", "0 backups of the table"], line => Assert.Contains(line, items, StringComparison.Ordinal));
    }

    private static async Task ApprovedAsync(Api api, string approval, string voter)
    {
        var vote = await api.ApproveAsync(approval, voter);
        Assert.True(vote.Status == HttpStatusCode.Created, vote.Text);
    }

    private static async Task<Reply> VoteAsync(Api api, string approval, string decision, string voter)
    {
        var shown = await api.GetAsync($"/v1/approvals/{approval}", voter);
        return await api.SendAsync(HttpMethod.Post, $"/v1/approvals/{approval}/votes", voter, new
        {
            decision, reason = "seen", callHash = shown.Get("callHash"), renderHash = shown.Get("renderHash"), policyVersion = shown.Get("policyVersion"),
        }, match: shown.Tag);
    }
}
