using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Connectors.Aws.Targets;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Tests.Kit;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>What reviewers see, what binds their approval, and what is found out afterwards.</summary>
public sealed class PreviewTests(MotoServer moto) : IClassFixture<MotoServer>, IAsyncLifetime
{
    private const string Template = """
        {"Resources":{
          "Reports":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"ce-reports"}},
          "Costs":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"ce-costs","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}
        }}
        """;

    private readonly Cloud _cloud = Cloud.On(moto);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;
    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    private async Task<CallPreview> PreviewAsync(string service, string action, object parameters) =>
        (await _cloud.Connector.PreviewAsync(_cloud.Tool, Cloud.Arguments(service, action, parameters), CancellationToken.None))!;

    private Task<ExecutionOutcome?> ReconcileAsync(string service, string action, object parameters) => _cloud.Connector.ReconcileAsync(
        new ExecutionRequest { CallId = "call-1", Tool = _cloud.Tool, Arguments = Cloud.Arguments(service, action, parameters), Effect = EffectClass.Destroy, BeforeSend = () => false }, CancellationToken.None);

    [Fact]
    public async Task DeleteStack_ShowsEveryResource_AndWhatIsInIt()
    {
        await _cloud.DoAsync("cloudformation", "CreateStack", new { StackName = "cost-explorer", TemplateBody = Template });
        await _cloud.DoAsync("s3", "PutObject", new { Bucket = "ce-reports", Key = "2026", Body = "x" });
        await moto.RecordAsync();
        var shown = await PreviewAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" });
        Assert.Equal(3, shown.Deletes);
        Assert.Contains("AWS::S3::Bucket Reports (ce-reports)", shown.Items);
        Assert.Contains("  1 objects in bucket ce-reports", shown.Items);
        Assert.Contains(shown.Items, item => item.Contains("AWS::DynamoDB::Table Costs (ce-costs)", StringComparison.Ordinal));
        Assert.Contains("  0 backups of the table that would be left", shown.Items);
        Assert.DoesNotContain(await moto.RecordedAsync(), request => request.Contains("DeleteStack", StringComparison.Ordinal));

        await _cloud.DoAsync("s3", "PutObject", new { Bucket = "ce-reports", Key = "2027", Body = "x" });
        Assert.Equal(shown.Fingerprint, (await PreviewAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" })).Fingerprint);
        await _cloud.DoAsync("cloudformation", "UpdateStack", new { StackName = "cost-explorer", TemplateBody = Template, Tags = new[] { new { Key = "owner", Value = "other" } } });
        Assert.NotEqual(shown.Fingerprint, (await PreviewAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" })).Fingerprint);
        Assert.Null(await ReconcileAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" }));

        await _cloud.DoAsync("s3", "DeleteObjects", new { Bucket = "ce-reports", Delete = new { Objects = new[] { new { Key = "2026" }, new { Key = "2027" } } } });
        await _cloud.DoAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" });
        Assert.Equal("There is no such target now.", (await PreviewAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" })).Summary);
        Assert.Equal(OutcomeKind.Succeeded, (await ReconcileAsync("cloudformation", "DeleteStack", new { StackName = "cost-explorer" }))!.Kind);
    }

    [Fact]
    public async Task Instances_AreShown_AndTheirStateBindsTheApproval()
    {
        var image = (string?)(await _cloud.DoAsync("ec2", "DescribeImages", new { Owners = new[] { "amazon" } }))["Images"]![0]!["ImageId"];
        var made = await _cloud.DoAsync("ec2", "RunInstances", new { ImageId = image, MinCount = 2, MaxCount = 2 });
        string?[] ids = [.. made["Instances"]!.AsArray().Select(instance => (string?)instance!["InstanceId"])];
        var shown = await PreviewAsync("ec2", "TerminateInstances", new { InstanceIds = ids });
        Assert.Equal(2, shown.Deletes);
        Assert.Equal(shown.Fingerprint, (await PreviewAsync("ec2", "TerminateInstances", new { InstanceIds = ids })).Fingerprint);
        await _cloud.DoAsync("ec2", "StopInstances", new { InstanceIds = new[] { ids[0] } });
        Assert.NotEqual(shown.Fingerprint, (await PreviewAsync("ec2", "TerminateInstances", new { InstanceIds = ids })).Fingerprint);
        await _cloud.DoAsync("ec2", "TerminateInstances", new { InstanceIds = ids });
        Assert.Equal(OutcomeKind.Succeeded, (await ReconcileAsync("ec2", "TerminateInstances", new { InstanceIds = ids }))!.Kind);
    }

    [Fact]
    public async Task Deletion_OfAPart_IsNotProvedByTheWhole()
    {
        Assert.Null(await ReconcileAsync("iam", "DeleteUserPolicy", new { UserName = "nobody", PolicyName = "p" }));
        Assert.Equal(OutcomeKind.Succeeded, (await ReconcileAsync("iam", "DeleteUser", new { UserName = "nobody" }))!.Kind);
    }

    [Fact]
    public async Task Target_ThatCannotBeLookedAt_IsSaidSo()
    {
        await using var other = new Cloud(moto.Url, MotoServer.Role, moto.KeyId, "not-the-secret");
        var shown = (await other.Connector.PreviewAsync(other.Tool, Cloud.Arguments("iam", "DeleteUser", new { UserName = "gate" }), CancellationToken.None))!;
        Assert.Null(shown.Fingerprint);
        Assert.Contains("The target could not be looked at", shown.Summary, StringComparison.Ordinal);
    }

    /// <summary>A line of the table that the models do not know would show nothing.</summary>
    [Fact]
    public void Sights_NameOnlyReadsThatExist()
    {
        foreach (var sight in Sight.All)
        {
            var service = ServiceModel.Find(sight.Service)!;
            Assert.True(service.Operations.TryGetValue(sight.Action, out var operation), sight.Action);
            Assert.Contains(sight.Member, service.ShapeOf(operation.Input!).Members.Keys);
            Assert.Equal(EffectClass.Read, _cloud.Classify(sight.Service, sight.Action).Effect);
        }
    }
}
