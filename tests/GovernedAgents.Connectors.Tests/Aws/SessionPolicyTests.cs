using System.Text.Json.Nodes;
using GovernedAgents.Tests.Kit;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

public sealed class SessionPolicyTests(MotoServer moto) : IClassFixture<MotoServer>
{
    [Theory]
    [InlineData("dynamodb", "DescribeTable", "TableName", "costs", "dynamodb:DescribeTable", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/costs")]
    [InlineData("cloudformation", "DeleteStack", "StackName", "cost-explorer", "cloudformation:DeleteStack", "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/cost-explorer/*")]
    [InlineData("s3", "ListObjectsV2", "Bucket", "reports", "s3:ListBucket", "arn:aws-cn:s3:::reports")]
    [InlineData("ec2", "DescribeInstances", "InstanceIds", null, "ec2:DescribeInstances", "*")]
    public async Task Role_IsAssumedForThatOneActionAndResource(string service, string action, string parameter, string? value, string permission, string resource)
    {
        await using var cloud = Cloud.On(moto);
        await moto.RecordAsync();
        await cloud.CallAsync(service, action, value is null ? null : new Dictionary<string, string> { [parameter] = value }, callId: "call-0042");
        var assumed = Assert.Single(await moto.RecordedAsync(), request => request.Contains("Action=AssumeRole", StringComparison.Ordinal));
        var form = System.Web.HttpUtility.ParseQueryString(assumed[assumed.IndexOf("Action=AssumeRole", StringComparison.Ordinal)..]);
        var statement = JsonNode.Parse(form["Policy"]!)!["Statement"]!.AsArray();
        Assert.Equal((permission, resource), ((string?)Assert.Single(statement)!["Action"], (string?)Assert.Single(statement[0]!["Resource"]!.AsArray())));
        Assert.Equal((MotoServer.Role, "call-0042"), (form["RoleArn"], form["RoleSessionName"]));
    }
}
