using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Tests.Kit;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>Each service with a read, a change and a deletion, in every protocol, signed, under IAM, against a real moto_server.</summary>
public sealed class ServiceTests(MotoServer moto) : IClassFixture<MotoServer>, IAsyncLifetime
{
    private readonly Cloud _cloud = Cloud.On(moto);
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;
    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task Sts_SaysWhoTheCallIs_TheRoleUnderTheCallsId()
    {
        var outcome = await _cloud.CallAsync("sts", "GetCallerIdentity", callId: "call-0123");
        Assert.Equal("arn:aws-cn:sts::123456789012:assumed-role/agents/call-0123", JsonDocument.Parse(outcome.ResultJson!).RootElement.GetProperty("Arn").GetString());
    }

    [Fact]
    public async Task DynamoDb_IsReadChangedAndDeleted()
    {
        var table = new
        {
            TableName = "costs", BillingMode = "PAY_PER_REQUEST", KeySchema = new[] { new { AttributeName = "id", KeyType = "HASH" } }, AttributeDefinitions = new[] { new { AttributeName = "id", AttributeType = "S" } },
        };
        Assert.Equal("arn:aws-cn:dynamodb:cn-north-1:123456789012:table/costs", (string?)(await _cloud.DoAsync("dynamodb", "CreateTable", table))["TableDescription"]!["TableArn"]);
        await _cloud.DoAsync("dynamodb", "PutItem", new { TableName = "costs", Item = new { id = new { S = "a" }, raw = new { B = "bytes ✓" } } });
        var item = (await _cloud.DoAsync("dynamodb", "GetItem", new { TableName = "costs", Key = new { id = new { S = "a" } } }))["Item"]!;
        Assert.Equal("bytes ✓", (string?)item["raw"]!["B"]);
        await _cloud.DoAsync("dynamodb", "DeleteTable", new { TableName = "costs" });
        Assert.Empty((await _cloud.DoAsync("dynamodb", "ListTables"))["TableNames"]!.AsArray());
    }

    [Fact]
    public async Task S3_IsReadChangedAndDeleted()
    {
        const string key = "2026/01.txt";
        await _cloud.DoAsync("s3", "CreateBucket", new { Bucket = "reports", CreateBucketConfiguration = new { LocationConstraint = "cn-north-1" } });
        await _cloud.DoAsync("s3", "PutObject", new { Bucket = "reports", Key = key, Body = "hello", ContentType = "text/plain", Metadata = new { owner = "finance" } });
        await _cloud.DoAsync("s3", "PutObject", new { Bucket = "reports", Key = "bytes", Body = new { base64 = "//4A" } });
        var got = await _cloud.DoAsync("s3", "GetObject", new { Bucket = "reports", Key = key });
        Assert.Equal(("hello", "finance"), ((string?)got["Body"], (string?)got["Metadata"]!["owner"]));
        Assert.Equal("//4A", (string?)(await _cloud.DoAsync("s3", "GetObject", new { Bucket = "reports", Key = "bytes" }))["Body"]!["base64"]);
        Assert.Contains(key, (await _cloud.DoAsync("s3", "ListObjectsV2", new { Bucket = "reports" }))["Contents"]!.AsArray().Select(entry => (string?)entry!["Key"]));
        await _cloud.DoAsync("s3", "PutBucketTagging", new { Bucket = "reports", Tagging = new { TagSet = new[] { new { Key = "team", Value = "<finance>" } } } });
        Assert.Equal("<finance>", (string?)(await _cloud.DoAsync("s3", "GetBucketTagging", new { Bucket = "reports" }))["TagSet"]![0]!["Value"]);
        var deleted = await _cloud.DoAsync("s3", "DeleteObjects", new { Bucket = "reports", Delete = new { Objects = new[] { new { Key = key }, new { Key = "bytes" } } } });
        Assert.Equal(2, deleted["Deleted"]!.AsArray().Count);
        await _cloud.DoAsync("s3", "DeleteBucket", new { Bucket = "reports" });
        var head = await _cloud.CallAsync("s3", "HeadBucket", new { Bucket = "reports" });
        Assert.Equal((OutcomeKind.Failed, "not-found"), (head.Kind, head.ErrorSlug));
    }

    [Fact]
    public async Task Ec2_IsReadChangedAndDeleted()
    {
        var images = (await _cloud.DoAsync("ec2", "DescribeImages", new { Owners = new[] { "amazon" }, MaxResults = 5 }))["Images"]!.AsArray();
        var made = await _cloud.DoAsync("ec2", "RunInstances", new
        {
            ImageId = (string?)images[0]!["ImageId"], MinCount = 2, MaxCount = 2, InstanceType = "t3.micro",
            TagSpecifications = new[] { new { ResourceType = "instance", Tags = new[] { new { Key = "Name", Value = "api" } } } },
        });
        string?[] ids = [.. made["Instances"]!.AsArray().Select(instance => (string?)instance!["InstanceId"])];
        Assert.Equal(2, ids.Length);
        var found = await _cloud.DoAsync("ec2", "DescribeInstances", new { Filters = new[] { new { Name = "tag:Name", Values = new[] { "api" } } } });
        Assert.Equal(2, found["Reservations"]!.AsArray().Sum(reservation => reservation!["Instances"]!.AsArray().Count));
        await _cloud.DoAsync("ec2", "StopInstances", new { InstanceIds = ids });
        var ended = await _cloud.DoAsync("ec2", "TerminateInstances", new { InstanceIds = ids });
        Assert.Equal("shutting-down", (string?)ended["TerminatingInstances"]![0]!["CurrentState"]!["Name"]);
        Assert.Contains("192.0.2.", (string?)(await _cloud.DoAsync("ec2", "CreateVpc", new { CidrBlock = "192.0.2.0/24" }))["Vpc"]!["CidrBlock"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Iam_IsReadChangedAndDeleted_AndHandsNoKeyOut()
    {
        await _cloud.DoAsync("iam", "CreateUser", new { UserName = "robot" });
        var key = await _cloud.DoAsync("iam", "CreateAccessKey", new { UserName = "robot" });
        Assert.Equal("[sensitive: not shown]", (string?)key["AccessKey"]!["SecretAccessKey"]);
        await _cloud.DoAsync("iam", "DeleteAccessKey", new { UserName = "robot", AccessKeyId = (string?)key["AccessKey"]!["AccessKeyId"] });
        await _cloud.DoAsync("iam", "DeleteUser", new { UserName = "robot" });
        Assert.DoesNotContain("robot", (await _cloud.DoAsync("iam", "ListUsers"))["Users"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CloudFormation_IsReadChangedAndDeleted()
    {
        const string template = """{"Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"from-stack"}}}}""";
        await _cloud.DoAsync("cloudformation", "CreateStack", new { StackName = "small", TemplateBody = template, Tags = new[] { new { Key = "team", Value = "finance" } } });
        var stack = (await _cloud.DoAsync("cloudformation", "DescribeStacks", new { StackName = "small" }))["Stacks"]![0]!;
        Assert.Equal(("small", "finance"), ((string?)stack["StackName"], (string?)stack["Tags"]![0]!["Value"]));
        await _cloud.DoAsync("cloudformation", "DeleteStack", new { StackName = "small" });
        var gone = await _cloud.CallAsync("cloudformation", "DescribeStacks", new { StackName = "small" });
        Assert.Equal((OutcomeKind.Failed, "service-refused"), (gone.Kind, gone.ErrorSlug));
    }

    [Fact]
    public async Task Rds_IsReadChangedAndDeleted()
    {
        await _cloud.DoAsync("rds", "CreateDBInstance", new { DBInstanceIdentifier = "ledger", DBInstanceClass = "db.t3.micro", Engine = "postgres", AllocatedStorage = 20, MasterUsername = "root", ManageMasterUserPassword = true });
        Assert.Equal("ledger", (string?)(await _cloud.DoAsync("rds", "DescribeDBInstances"))["DBInstances"]![0]!["DBInstanceIdentifier"]);
        await _cloud.DoAsync("rds", "DeleteDBInstance", new { DBInstanceIdentifier = "ledger", SkipFinalSnapshot = true });
        Assert.Empty((await _cloud.DoAsync("rds", "DescribeDBInstances"))["DBInstances"]!.AsArray());
    }

    [Fact]
    public async Task Lambda_IsReadChangedAndDeleted()
    {
        await _cloud.DoAsync("iam", "CreateRole", new { RoleName = "runs-code", AssumeRolePolicyDocument = Trust });
        await _cloud.DoAsync("lambda", "CreateFunction", new
        {
            FunctionName = "rounding", Role = "arn:aws-cn:iam::123456789012:role/runs-code", Runtime = "python3.12", Handler = "a.b", Code = new { ZipFile = new { base64 = Convert.ToBase64String(Zip()) } },
            Environment = new { Variables = new { TOKEN = "only-for-the-function" } },
        });
        var read = await _cloud.DoAsync("lambda", "GetFunctionConfiguration", new { FunctionName = "rounding" });
        Assert.Equal("rounding", (string?)read["FunctionName"]);
        Assert.DoesNotContain("only-for-the-function", read.ToJsonString(), StringComparison.Ordinal);
        Assert.Single((await _cloud.DoAsync("lambda", "ListFunctions", new { MaxItems = 10 }))["Functions"]!.AsArray());
        await _cloud.DoAsync("lambda", "DeleteFunction", new { FunctionName = "rounding" });
        Assert.Empty((await _cloud.DoAsync("lambda", "ListFunctions"))["Functions"]!.AsArray());
    }

    [Fact]
    public async Task Ecs_IsReadChangedAndDeleted()
    {
        await _cloud.DoAsync("ecs", "CreateCluster", new { clusterName = "web" });
        Assert.Equal("web", (string?)(await _cloud.DoAsync("ecs", "DescribeClusters", new { clusters = new[] { "web" } }))["clusters"]![0]!["clusterName"]);
        await _cloud.DoAsync("ecs", "DeleteCluster", new { cluster = "web" });
    }

    [Fact]
    public async Task Sqs_IsReadChangedAndDeleted()
    {
        var url = (string?)(await _cloud.DoAsync("sqs", "CreateQueue", new { QueueName = "bills", Attributes = new { VisibilityTimeout = "5" } }))["QueueUrl"];
        await _cloud.DoAsync("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "one" });
        Assert.Equal("1", (string?)(await _cloud.DoAsync("sqs", "GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "All" } }))["Attributes"]!["ApproximateNumberOfMessages"]);
        await _cloud.DoAsync("sqs", "PurgeQueue", new { QueueUrl = url });
        await _cloud.DoAsync("sqs", "DeleteQueue", new { QueueUrl = url });
    }

    [Fact]
    public async Task Kms_IsReadChangedAndDeleted()
    {
        var id = (string?)(await _cloud.DoAsync("kms", "CreateKey", new { Description = "for reports" }))["KeyMetadata"]!["KeyId"];
        Assert.Equal("Enabled", (string?)(await _cloud.DoAsync("kms", "DescribeKey", new { KeyId = id }))["KeyMetadata"]!["KeyState"]);
        var sealed_ = await _cloud.DoAsync("kms", "Encrypt", new { KeyId = id, Plaintext = "text" });
        Assert.Equal("[sensitive: not shown]", (string?)(await _cloud.DoAsync("kms", "Decrypt", new { CiphertextBlob = sealed_["CiphertextBlob"] }))["Plaintext"]);
        await _cloud.DoAsync("kms", "ScheduleKeyDeletion", new { KeyId = id, PendingWindowInDays = 7 });
        Assert.Equal("PendingDeletion", (string?)(await _cloud.DoAsync("kms", "DescribeKey", new { KeyId = id }))["KeyMetadata"]!["KeyState"]);
    }

    [Fact]
    public async Task Ssm_IsReadChangedAndDeleted_AndShowsNoValue()
    {
        await _cloud.DoAsync("ssm", "PutParameter", new { Name = "/costs/rounding", Value = "half-even", Type = "String" });
        var read = (await _cloud.DoAsync("ssm", "GetParameter", new { Name = "/costs/rounding" }))["Parameter"]!;
        Assert.Equal(("/costs/rounding", "[sensitive: not shown]"), ((string?)read["Name"], (string?)read["Value"]));
        await _cloud.DoAsync("ssm", "DeleteParameter", new { Name = "/costs/rounding" });
    }

    [Fact]
    public async Task CostExplorer_IsReadChangedAndDeleted()
    {
        var made = await _cloud.DoAsync("ce", "CreateCostCategoryDefinition", new
        {
            Name = "teams", RuleVersion = "CostCategoryExpression.v1", Rules = new[] { new { Value = "finance", Rule = new { Tags = new { Key = "team", Values = new[] { "finance" } } } } },
        });
        var arn = (string?)made["CostCategoryArn"];
        Assert.Equal("teams", (string?)(await _cloud.DoAsync("ce", "DescribeCostCategoryDefinition", new { CostCategoryArn = arn }))["CostCategory"]!["Name"]);
        await _cloud.DoAsync("ce", "DeleteCostCategoryDefinition", new { CostCategoryArn = arn });
    }

    [Fact]
    public async Task ElasticBeanstalk_IsReadChangedAndDeleted()
    {
        await _cloud.DoAsync("elasticbeanstalk", "CreateApplication", new { ApplicationName = "site" });
        Assert.Equal("site", (string?)(await _cloud.DoAsync("elasticbeanstalk", "DescribeApplications"))["Applications"]![0]!["ApplicationName"]);
        await _cloud.DoAsync("elasticbeanstalk", "DeleteApplication", new { ApplicationName = "site" });
        Assert.Empty((await _cloud.DoAsync("elasticbeanstalk", "DescribeApplications"))["Applications"]!.AsArray());
    }

    private static byte[] Zip()
    {
        using var bytes = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            using var file = new StreamWriter(zip.CreateEntry("a.py").Open());
            file.Write("def b(event, context): return event\n");
        }
        return bytes.ToArray();
    }
}
