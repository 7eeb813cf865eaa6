using GovernedAgents.Connectors.Aws;
using GovernedAgents.Connectors.Aws.Catalogue;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>What is known about a call before anything is sent.</summary>
public sealed class GateTests : IAsyncLifetime
{
    private readonly Cloud _cloud = new("http://127.0.0.1:9", "arn:aws-cn:iam::123456789012:role/agents", "AKIAEXAMPLE", "secret", pins: new Dictionary<string, EffectClass> { ["dynamodb:PutItem"] = EffectClass.Mutate });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;
    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Theory]
    [InlineData("cloudformation", "DescribeStacks", EffectClass.Read)]
    [InlineData("ce", "GetCostAndUsage", EffectClass.Read)]
    [InlineData("s3", "HeadObject", EffectClass.Read)]
    [InlineData("sts", "GetCallerIdentity", EffectClass.Read)]
    [InlineData("ec2", "StopInstances", EffectClass.Mutate)]
    [InlineData("rds", "ModifyDBInstance", EffectClass.Mutate)]
    [InlineData("cloudformation", "CreateStack", EffectClass.Mutate)]
    [InlineData("sts", "AssumeRole", EffectClass.Privilege)]
    [InlineData("sts", "GetSessionToken", EffectClass.Privilege)]
    [InlineData("iam", "CreateAccessKey", EffectClass.Privilege)]
    [InlineData("iam", "PutRolePolicy", EffectClass.Privilege)]
    [InlineData("ec2", "GetPasswordData", EffectClass.Privilege)]
    [InlineData("kms", "Decrypt", EffectClass.Privilege)]
    [InlineData("s3", "PutBucketPolicy", EffectClass.Privilege)]
    [InlineData("cloudformation", "DeleteStack", EffectClass.Destroy)]
    [InlineData("cloudformation", "UpdateStack", EffectClass.Destroy)]
    [InlineData("cloudformation", "ExecuteChangeSet", EffectClass.Destroy)]
    [InlineData("ec2", "TerminateInstances", EffectClass.Destroy)]
    [InlineData("iam", "DeleteUser", EffectClass.Destroy)]
    [InlineData("s3", "PutObject", EffectClass.Destroy)]
    [InlineData("sqs", "PurgeQueue", EffectClass.Destroy)]
    [InlineData("kms", "ScheduleKeyDeletion", EffectClass.Destroy)]
    [InlineData("dynamodb", "ExecuteStatement", EffectClass.Destroy)]
    [InlineData("lambda", "Invoke", EffectClass.Destroy)]
    [InlineData("dynamodb", "PutItem", EffectClass.Mutate)]
    public void Classify_GoesByTheEffectOfTheAction(string service, string action, EffectClass effect) => Assert.Equal(effect, _cloud.Classify(service, action).Effect);

    /// <summary>A name that no model has would be a line that guards nothing.</summary>
    [Fact]
    public void Classes_NameOnlyActionsThatExist()
    {
        var missing = ActionClasses.Named.Where(name => ActionCatalogue.LevelOf(name) is null && (name.Split(':') is not [var service, var action] || ServiceModel.Find(service)?.Operations.ContainsKey(action) != true));
        Assert.Empty(missing);
    }

    [Fact]
    public void Classify_WhenTheCallPassesARole_IsPrivilege()
    {
        Assert.Equal(EffectClass.Privilege, _cloud.Classify("lambda", "CreateFunction", new { FunctionName = "f", Role = "arn:aws-cn:iam::1:role/r" }).Effect);
        Assert.Equal(EffectClass.Privilege, _cloud.Classify("cloudformation", "CreateStack", new { StackName = "s", Capabilities = new[] { "CAPABILITY_NAMED_IAM" } }).Effect);
        Assert.Equal(EffectClass.Privilege, _cloud.Classify("sqs", "SetQueueAttributes", new { QueueUrl = "u", Attributes = new { Policy = "{}" } }).Effect);
    }

    [Theory]
    [InlineData("cloudformation", "DeleteStack", "StackName", "cost-explorer", "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/cost-explorer")]
    [InlineData("cloudformation", "DeleteStack", "StackName", "arn:aws-cn:cloudformation:cn-north-1:1:stack/a/b", "arn:aws-cn:cloudformation:cn-north-1:1:stack/a/b")]
    [InlineData("dynamodb", "DeleteTable", "TableName", "costs", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/costs")]
    [InlineData("s3", "DeleteBucket", "Bucket", "reports", "arn:aws-cn:s3:::reports")]
    [InlineData("iam", "DeleteUser", "UserName", "robot", "arn:aws-cn:iam::123456789012:user/robot")]
    [InlineData("sqs", "DeleteQueue", "QueueUrl", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/bills", "arn:aws-cn:sqs:cn-north-1:123456789012:bills")]
    [InlineData("ec2", "DeleteKeyPair", "KeyName", "ops", "ops")]
    public void Classify_NamesTheResource(string service, string action, string parameter, string value, string resource)
    {
        var classified = _cloud.Classify(service, action, new Dictionary<string, string> { [parameter] = value });
        Assert.Equal(($"aws:{service}:{action}", resource), (classified.Action, classified.Resource));
    }

    [Fact]
    public void Check_NamesEveryFault()
    {
        var faults = _cloud.Connector.Check(_cloud.Tool, Cloud.Arguments("ec2", "RunInstances", new { MinCount = "one", Size = 3, MaxCount = 1, TagSpecifications = new[] { new { Tags = new[] { new { Key = 1 } } } } }));
        Assert.Equal(["/parameters/MinCount", "/parameters/Size", "/parameters/TagSpecifications/0/Tags/0/Key"], faults.Select(fault => fault.Pointer));
        Assert.Contains("a whole number", faults[0].Detail, StringComparison.Ordinal);
        Assert.Equal("/parameters/TableName", Assert.Single(_cloud.Connector.Check(_cloud.Tool, Cloud.Arguments("dynamodb", "DeleteTable"))).Pointer);
    }

    [Fact]
    public void Check_RefusesWhatIsNotServed_InClearWords()
    {
        Assert.Contains("'DropStack' is no action of cloudformation", Assert.Single(_cloud.Connector.Check(_cloud.Tool, Cloud.Arguments("cloudformation", "DropStack"))).Detail, StringComparison.Ordinal);
        Assert.Contains("Served are: ce, cloudformation", Assert.Single(_cloud.Connector.Check(_cloud.Tool, Cloud.Arguments("bedrock", "InvokeModel"))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_RefusesAPassword()
    {
        var fault = Assert.Single(_cloud.Connector.Check(_cloud.Tool, Cloud.Arguments("rds", "ModifyDBInstance", new { DBInstanceIdentifier = "ledger", MasterUserPassword = "hunter2-canary" })));
        Assert.Equal("/parameters/MasterUserPassword", fault.Pointer);
        Assert.DoesNotContain("canary", fault.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("role", "arn:aws-cn:iam::1:user/x", "options.role must be")]
    [InlineData("regions", "eu-west-1", "not in the partition 'aws-cn'")]
    [InlineData("services", "bedrock", "options.services has 'bedrock'")]
    [InlineData("profile", "x", "options.profile is not known")]
    public void Create_RefusesOptionsThatItDoesNotUnderstand(string option, string value, string says)
    {
        var options = new Dictionary<string, string> { ["role"] = "arn:aws-cn:iam::123456789012:role/agents", ["regions"] = "cn-north-1", [option] = value };
        var fault = Assert.Throws<ArgumentException>(() => new AwsConnectorFactory(TimeProvider.System).Create(new ConnectorSettings { Environment = "e", Name = "cloud", Kind = "aws", WorkingDirectory = ".", StatePath = ".", Options = options }));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }
}
