using System.Text.Json;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>What one call is about: the service, where, and its checked parameters.</summary>
internal sealed record AwsCall(string Service, string Action, string Region, JsonElement Parameters)
{
    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    public static AwsCall Of(JsonElement arguments, string defaultRegion) => new(
        arguments.GetProperty("service").GetString()!, arguments.GetProperty("action").GetString()!,
        arguments.TryGetProperty("region", out var region) ? region.GetString()! : defaultRegion,
        arguments.TryGetProperty("parameters", out var parameters) ? parameters : Empty);

    public string? Text(string parameter) => Parameters.TryGetProperty(parameter, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A text, or each text of a list of texts.</summary>
    public IReadOnlyList<string> Texts(string parameter) => !Parameters.TryGetProperty(parameter, out var value) ? [] : value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
        _ => [],
    };
}

/// <summary>The ARNs that a call is about, by its service and parameters.</summary>
internal sealed record TargetNames(string Partition, string Account)
{
    /// <param name="Arn">With <c>{0}</c> for the parameter's value and <c>{place}</c> for <c>partition:service:region:account</c>.</param>
    /// <param name="PolicySuffix">What follows in a policy, where the name alone is not the whole ARN.</param>
    private sealed record Name(string Service, string Parameter, string Arn, string PolicySuffix = "");

    /// <summary>The first that fits decides; more exact ones stand first.</summary>
    private static readonly Name[] Names =
    [
        new("cloudformation", "StackName", "arn:{place}:stack/{0}", "/*"),
        new("dynamodb", "TableName", "arn:{place}:table/{0}"),
        new("ec2", "InstanceIds", "arn:{place}:instance/{0}"), new("ec2", "InstanceId", "arn:{place}:instance/{0}"), new("ec2", "VolumeId", "arn:{place}:volume/{0}"),
        new("ec2", "SnapshotId", "arn:{partition}:ec2:{region}::snapshot/{0}"), new("ec2", "SubnetId", "arn:{place}:subnet/{0}"), new("ec2", "VpcId", "arn:{place}:vpc/{0}"),
        new("ec2", "GroupId", "arn:{place}:security-group/{0}"), new("ec2", "ImageId", "arn:{partition}:ec2:{region}::image/{0}"), new("ec2", "Resources", "arn:{place}:*/{0}"),
        new("ecs", "service", "arn:{place}:service/*/{0}"), new("ecs", "cluster", "arn:{place}:cluster/{0}"), new("ecs", "clusterName", "arn:{place}:cluster/{0}"),
        new("elasticbeanstalk", "EnvironmentName", "arn:{place}:environment/*/{0}"), new("elasticbeanstalk", "ApplicationName", "arn:{place}:application/{0}"),
        new("iam", "PolicyArn", "{0}"), new("iam", "UserName", "arn:{partition}:iam::{account}:user/{0}"), new("iam", "RoleName", "arn:{partition}:iam::{account}:role/{0}"),
        new("iam", "GroupName", "arn:{partition}:iam::{account}:group/{0}"),
        new("kms", "KeyId", "arn:{place}:key/{0}"),
        new("lambda", "FunctionName", "arn:{place}:function:{0}"),
        new("rds", "DBSnapshotIdentifier", "arn:{place}:snapshot:{0}"), new("rds", "DBInstanceIdentifier", "arn:{place}:db:{0}"), new("rds", "DBClusterIdentifier", "arn:{place}:cluster:{0}"),
        new("s3", "Bucket", "arn:{partition}:s3:::{0}"),
        new("sqs", "QueueUrl", "arn:{place}:{0}"), new("sqs", "QueueName", "arn:{place}:{0}"),
        new("ssm", "Name", "arn:{place}:parameter/{0}"),
    ];

    /// <summary>The ARNs, or what names the target as it stands in the parameters; empty when nothing does.</summary>
    public string ResourceOf(AwsCall call)
    {
        if (Find(call) is { } name) return string.Join(",", call.Texts(name.Parameter).Select(value => Arn(name, call, value)));
        var members = call.Parameters.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String).ToList();
        var named = members.Find(member => member.Name.EndsWith("Arn", StringComparison.OrdinalIgnoreCase)) is { Value.ValueKind: JsonValueKind.String } arn
            ? arn
            : members.Find(member => member.Name.EndsWith("Id", StringComparison.Ordinal) || member.Name.EndsWith("Name", StringComparison.OrdinalIgnoreCase) || member.Name.EndsWith("Identifier", StringComparison.Ordinal));
        return named.Value.ValueKind == JsonValueKind.String ? named.Value.GetString()! : "";
    }

    /// <summary>The resources of a session policy for this call; <c>*</c> where the parameters do not name one that policies of the service know.</summary>
    public IReadOnlyList<string> PolicyResourcesOf(AwsCall call)
    {
        if (Find(call) is not { } name || call.Service is "ce" || IsCreation(call)) return ["*"];
        if (call.Service == "ec2" && call.Action.StartsWith("Describe", StringComparison.Ordinal)) return ["*"];
        return [.. call.Texts(name.Parameter).Select(value => Arn(name, call, value)).SelectMany(arn => name.PolicySuffix.Length > 0 && !arn.EndsWith(name.PolicySuffix, StringComparison.Ordinal) ? new[] { arn + name.PolicySuffix } : [arn])];
    }

    /// <summary>Several services ask for rights on more than the new thing itself when they make one (subnets, images, roles).</summary>
    private static bool IsCreation(AwsCall call) => call.Action.StartsWith("Run", StringComparison.Ordinal) || (call.Service is "ec2" or "rds" or "ecs" or "elasticbeanstalk" && call.Action.StartsWith("Create", StringComparison.Ordinal));

    private static Name? Find(AwsCall call) => Array.Find(Names, name => name.Service == call.Service && call.Texts(name.Parameter).Count > 0);

    private string Arn(Name name, AwsCall call, string value)
    {
        if (value.StartsWith("arn:", StringComparison.Ordinal)) return value;
        var shown = call.Service switch
        {
            "sqs" => value[(value.LastIndexOf('/') + 1)..],
            "ssm" => value.TrimStart('/'),
            "s3" when call.Text("Key") is { } key => $"{value}/{key}",
            "kms" when value.StartsWith("alias/", StringComparison.Ordinal) => "*",
            _ => value,
        };
        return name.Arn.Replace("{place}", $"{Partition}:{call.Service}:{call.Region}:{Account}", StringComparison.Ordinal).Replace("{partition}", Partition, StringComparison.Ordinal)
            .Replace("{region}", call.Region, StringComparison.Ordinal).Replace("{account}", Account, StringComparison.Ordinal).Replace("{0}", shown, StringComparison.Ordinal);
    }
}
