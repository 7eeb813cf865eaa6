using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>How a target that a parameter names is looked at.</summary>
internal sealed record Sight
{
    /// <summary>What changes by itself and says nothing about what the target is: figures, last uses, statistics.</summary>
    private static readonly string[] Volatile =
    [
        "ItemCount", "TableSizeBytes", "LatestRestorableTime", "PasswordLastUsed", "RoleLastUsed", "LastUsedDate", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible", "runningTasksCount", "pendingTasksCount", "runningCount", "pendingCount", "events", "statistics", "Health", "HealthStatus", "DateUpdated",
    ];

    public required string Service { get; init; }
    public required string Parameter { get; init; }
    /// <summary>The reading action; <see cref="Member"/> takes the target's name, as a list when the model says so.</summary>
    public required string Action { get; init; }
    public required string Member { get; init; }
    /// <summary>Where the things stand in the answer, <c>*</c> for each of a list.</summary>
    public required string Things { get; init; }
    /// <summary>Members that a reviewer sees.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    private static Sight Of(string service, string parameter, string action, string member, string things, params string[] facts) =>
        new() { Service = service, Parameter = parameter, Action = action, Member = member, Things = things, Facts = facts };

    public static IReadOnlyList<Sight> All { get; } =
    [
        Of("cloudformation", "StackName", "DescribeStacks", "StackName", "Stacks/*", "StackName", "StackStatus", "EnableTerminationProtection"),
        Of("dynamodb", "TableName", "DescribeTable", "TableName", "Table", "TableName", "TableStatus", "ItemCount", "DeletionProtectionEnabled"),
        Of("ec2", "InstanceIds", "DescribeInstances", "InstanceIds", "Reservations/*/Instances/*", "InstanceId", "InstanceType", "LaunchTime"),
        Of("ec2", "InstanceId", "DescribeInstances", "InstanceIds", "Reservations/*/Instances/*", "InstanceId", "InstanceType", "LaunchTime"),
        Of("ec2", "VolumeId", "DescribeVolumes", "VolumeIds", "Volumes/*", "VolumeId", "Size", "State", "Encrypted"),
        Of("ec2", "SnapshotId", "DescribeSnapshots", "SnapshotIds", "Snapshots/*", "SnapshotId", "VolumeId", "StartTime", "Description"),
        Of("ec2", "VpcId", "DescribeVpcs", "VpcIds", "Vpcs/*", "VpcId", "CidrBlock", "State"),
        Of("ec2", "SubnetId", "DescribeSubnets", "SubnetIds", "Subnets/*", "SubnetId", "CidrBlock", "VpcId"),
        Of("ec2", "GroupId", "DescribeSecurityGroups", "GroupIds", "SecurityGroups/*", "GroupId", "GroupName", "VpcId"),
        Of("ecs", "cluster", "DescribeClusters", "clusters", "clusters/*", "clusterName", "status", "runningTasksCount", "activeServicesCount"),
        Of("elasticbeanstalk", "ApplicationName", "DescribeApplications", "ApplicationNames", "Applications/*", "ApplicationName", "DateCreated"),
        Of("iam", "UserName", "GetUser", "UserName", "User", "UserName", "CreateDate"),
        Of("iam", "RoleName", "GetRole", "RoleName", "Role", "RoleName", "CreateDate"),
        Of("iam", "PolicyArn", "GetPolicy", "PolicyArn", "Policy", "PolicyName", "AttachmentCount", "DefaultVersionId"),
        Of("kms", "KeyId", "DescribeKey", "KeyId", "KeyMetadata", "KeyId", "KeyState", "Description"),
        Of("lambda", "FunctionName", "GetFunctionConfiguration", "FunctionName", "", "FunctionName", "Runtime", "LastModified"),
        Of("rds", "DBInstanceIdentifier", "DescribeDBInstances", "DBInstanceIdentifier", "DBInstances/*", "DBInstanceIdentifier", "Engine", "DBInstanceStatus", "AllocatedStorage", "DeletionProtection", "BackupRetentionPeriod"),
        Of("rds", "DBClusterIdentifier", "DescribeDBClusters", "DBClusterIdentifier", "DBClusters/*", "DBClusterIdentifier", "Engine", "Status", "DeletionProtection"),
        Of("rds", "DBSnapshotIdentifier", "DescribeDBSnapshots", "DBSnapshotIdentifier", "DBSnapshots/*", "DBSnapshotIdentifier", "DBInstanceIdentifier", "SnapshotCreateTime"),
        Of("s3", "Key", "HeadObject", "Key", "", "ContentLength", "ETag", "LastModified", "VersionId"),
        Of("s3", "Bucket", "GetBucketVersioning", "Bucket", "", "Status"),
        Of("sqs", "QueueUrl", "GetQueueAttributes", "QueueUrl", "Attributes", "QueueArn", "ApproximateNumberOfMessages"),
        Of("ssm", "Name", "GetParameter", "Name", "Parameter", "Name", "Type", "Version", "LastModifiedDate"),
    ];

    /// <returns>Null when nothing in the parameters names a target that can be looked at.</returns>
    public static Sight? For(AwsCall call) => All.FirstOrDefault(sight => sight.Service == call.Service && call.Texts(sight.Parameter).Count > 0);

    /// <summary>The reading calls that show the call's targets.</summary>
    public IEnumerable<AwsCall> Reads(AwsCall call)
    {
        var input = ServiceModel.Find(Service)!;
        var member = input.Shapes[input.Operations[Action].Input!.Shape].Members[Member];
        var values = call.Texts(Parameter);
        return input.ShapeOf(member).Type == "list" ? [With(call, new JsonArray([.. values.Select(value => (JsonNode)value)]))] : values.Select(value => With(call, value));
    }

    /// <summary>The things of an answer.</summary>
    public IReadOnlyList<JsonElement> ThingsOf(JsonElement answer)
    {
        IEnumerable<JsonElement> found = [answer];
        foreach (var part in Things.Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = part == "*"
                ? found.SelectMany(value => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [])
                : found.SelectMany(value => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(part, out var member) ? new[] { member } : []);
        return [.. found];
    }

    /// <summary>The thing without what changes by itself.</summary>
    public static JsonNode? Lasting(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(value.EnumerateObject().Where(member => !Volatile.Contains(member.Name, StringComparer.Ordinal)).Select(member => KeyValuePair.Create(member.Name, Lasting(member.Value)))),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Lasting)]),
        _ => JsonNode.Parse(value.GetRawText()),
    };

    private AwsCall With(AwsCall call, JsonNode value)
    {
        var parameters = new JsonObject { [Member] = value };
        if (Action == "HeadObject") parameters["Bucket"] = call.Text("Bucket");
        if (Action == "GetQueueAttributes") parameters["AttributeNames"] = new JsonArray("All");
        return call with { Action = Action, Parameters = JsonSerializer.SerializeToElement(parameters) };
    }
}
