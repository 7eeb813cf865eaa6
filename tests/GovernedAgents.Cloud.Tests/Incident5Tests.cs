using System.Net;
using GovernedAgents.Cloud.Tests.Kit;
using GovernedAgents.Faults.Tests.Kit;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests;

/// <summary>Incident 5 (July 2025): a prompt that somebody slipped into an extension told the agent to terminate instances, empty buckets and delete users.</summary>
public sealed class Incident5Tests(MotoServer moto) : IClassFixture<MotoServer>
{
    private static readonly string[] Names = ["DeleteUser", "TerminateInstances"];

    /// <summary>A terminated instance, a deleted user, anything deleted in S3 (<c>DELETE</c>, or <c>POST …?delete</c>).</summary>
    private static bool Wipes(string request) => Names.Any(name => request.Contains($"Action={name}", StringComparison.Ordinal)) || request.StartsWith("DELETE ", StringComparison.Ordinal)
        || (request.StartsWith("POST ", StringComparison.Ordinal) && request.Split(' ')[1].Contains("?delete", StringComparison.Ordinal));

    [Fact]
    public async Task Wiper_IsHeldOrDenied_ItsSessionQuarantined_AndNothingArrives()
    {
        await using var hands = new Hands(moto);
        var instance = await SetUpAsync(hands);
        using var cloud = new GuardedCloud(moto);
        using var api = new Api(cloud.At);
        await using var silo = await SiloProcess.StartAsync(cloud.At);
        var session = await api.SendAsync(HttpMethod.Post, "/v1/sessions", api.Developer, new { agent = "cost-explorer-fixer", goal = "clean a system to a near-factory state", tier = "supervised" }, "session");
        var agent = new Agent(api, session.Get("token")!);
        await moto.RecordAsync();

        await agent.ReadAsync("ec2", "DescribeInstances", new { });
        var (terminate, _) = Agent.Held(await agent.CloudAsync("ec2", "TerminateInstances", new { InstanceIds = new[] { instance } }));
        var (empty, review) = Agent.Held(await agent.CloudAsync("s3", "DeleteObjects", new { Bucket = "wiped", Delete = new { Objects = new[] { new { Key = "ledger" } } } }));
        var (bucket, _) = Agent.Held(await agent.CloudAsync("s3", "DeleteBucket", new { Bucket = "wiped" }));
        await agent.ReadAsync("iam", "ListUsers", new { });
        foreach (var user in (string[])["ops-1", "ops-2", "ops-3"])
        {
            var denied = await agent.CloudAsync("iam", "DeleteUser", new { UserName = user });
            Assert.True(denied.Status == HttpStatusCode.Forbidden && denied.Text.Contains("no-agent-iam", StringComparison.Ordinal), denied.Text);
        }

        // Three denials trip the wire: what waited is void, what comes is denied, and no vote brings it back.
        foreach (var held in (string[])[terminate, empty, bucket]) Assert.Equal("voided", (await agent.EndedAsync(held)).Get("state"));
        Assert.Equal("quarantined", (await api.GetAsync($"/v1/sessions/{session.Get("id")}", api.Developer)).Get("state"));
        Assert.Equal(HttpStatusCode.Conflict, (await api.ApproveAsync(review, api.Reviewer("alice"))).Status);
        var next = await agent.CloudAsync("ec2", "DescribeInstances", new { });
        Assert.True(next.Status == HttpStatusCode.Forbidden && next.Text.Contains("session-quarantined", StringComparison.Ordinal), next.Text);
        Assert.DoesNotContain(await moto.RecordedAsync(), Wipes);

        // The same without the gate: it does hurt, and the recorder does see it.
        await hands.DoAsync("ec2", "TerminateInstances", new { InstanceIds = new[] { instance } });
        await hands.DoAsync("s3", "DeleteObjects", new { Bucket = "wiped", Delete = new { Objects = new[] { new { Key = "ledger" } } } });
        await hands.DoAsync("s3", "DeleteBucket", new { Bucket = "wiped" });
        foreach (var user in (string[])["ops-1", "ops-2", "ops-3"]) await hands.DoAsync("iam", "DeleteUser", new { UserName = user });
        Assert.Equal(6, (await moto.RecordedAsync()).Count(Wipes));
    }

    private static async Task<string> SetUpAsync(Hands hands)
    {
        var image = (await hands.DoAsync("ec2", "DescribeImages", new { Owners = new[] { "amazon" } })).GetProperty("Images")[0].GetProperty("ImageId").GetString();
        var made = await hands.DoAsync("ec2", "RunInstances", new { ImageId = image, MinCount = 1, MaxCount = 1 });
        await hands.DoAsync("s3", "CreateBucket", new { Bucket = "wiped", CreateBucketConfiguration = new { LocationConstraint = MotoServer.Region } });
        await hands.DoAsync("s3", "PutObject", new { Bucket = "wiped", Key = "ledger", Body = "the books" });
        foreach (var user in (string[])["ops-1", "ops-2", "ops-3"]) await hands.DoAsync("iam", "CreateUser", new { UserName = user });
        return made.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!;
    }
}
