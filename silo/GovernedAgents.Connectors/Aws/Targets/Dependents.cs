using System.Text.Json;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>Something that goes with a target, as a line for the reviewer and what of it must not have changed.</summary>
internal sealed record Dependent(string Line, string? Identity, bool Counts = true);

/// <summary>What a target takes with it: the resources of a stack, the objects of a bucket, the volumes of an instance, and the backups that would be left.</summary>
internal sealed class Dependents(AwsReads reads)
{
    private const int MostParts = 200;

    private static readonly Dictionary<string, (string Service, string Parameter)> Types = new(StringComparer.Ordinal)
    {
        ["AWS::S3::Bucket"] = ("s3", "Bucket"), ["AWS::DynamoDB::Table"] = ("dynamodb", "TableName"), ["AWS::EC2::Instance"] = ("ec2", "InstanceId"), ["AWS::RDS::DBInstance"] = ("rds", "DBInstanceIdentifier"),
        ["AWS::SQS::Queue"] = ("sqs", "QueueUrl"), ["AWS::CloudFormation::Stack"] = ("cloudformation", "StackName"),
    };

    public async Task<IReadOnlyList<Dependent>> OfAsync(AwsCall call, CancellationToken cancellation) => (call.Service, Sight.For(call)?.Parameter) switch
    {
        ("cloudformation", "StackName") => await OfStackAsync(call, depth: 0, cancellation).ConfigureAwait(false),
        ("s3", "Bucket") => await OfBucketAsync(call, cancellation).ConfigureAwait(false),
        ("dynamodb", "TableName") => await CountAsync(call, "ListBackups", new { TableName = call.Text("TableName") }, "BackupSummaries", "backups of the table that would be left", cancellation).ConfigureAwait(false),
        ("rds", "DBInstanceIdentifier") =>
            await CountAsync(call, "DescribeDBSnapshots", new { DBInstanceIdentifier = call.Text("DBInstanceIdentifier") }, "DBSnapshots", "snapshots of the database that would be left", cancellation).ConfigureAwait(false),
        ("ec2", "VolumeId") => await CountAsync(call, "DescribeSnapshots", new { Filters = new[] { new { Name = "volume-id", Values = new[] { call.Text("VolumeId") } } } }, "Snapshots", "snapshots of the volume that would be left", cancellation).ConfigureAwait(false),
        _ => [],
    };

    private async Task<List<Dependent>> OfStackAsync(AwsCall call, int depth, CancellationToken cancellation)
    {
        var look = await reads.AtAsync(call with { Action = "ListStackResources", Parameters = JsonSerializer.SerializeToElement(new { StackName = call.Text("StackName") }) }, cancellation).ConfigureAwait(false);
        if (look.Answer is not { } answer || !answer.TryGetProperty("StackResourceSummaries", out var parts)) return look.IsGone ? [] : [Unseen("the stack's resources", look)];
        var found = new List<Dependent>();
        foreach (var part in parts.EnumerateArray())
        {
            var (type, id) = (TextOf(part, "ResourceType"), TextOf(part, "PhysicalResourceId"));
            found.Add(new Dependent($"{type} {TextOf(part, "LogicalResourceId")} ({id})", $"{type} {id}"));
            if (Types.TryGetValue(type, out var known) && id.Length > 0 && found.Count < MostParts)
                found.AddRange(await OfPartAsync(call with { Service = known.Service, Action = "", Parameters = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [known.Parameter] = id }) }, depth, cancellation).ConfigureAwait(false));
        }
        if (answer.TryGetProperty("NextToken", out _)) found.Add(new Dependent("… and more resources than one page of the service shows", null, Counts: false));
        return found;
    }

    /// <summary>What stands behind one resource of a stack, and what its own look shows of it.</summary>
    private async Task<IEnumerable<Dependent>> OfPartAsync(AwsCall part, int depth, CancellationToken cancellation)
    {
        if (part.Service == "cloudformation") return depth < 3 ? await OfStackAsync(part, depth + 1, cancellation).ConfigureAwait(false) : [];
        var lines = new List<Dependent>();
        var sight = Sight.For(part)!;
        foreach (var read in sight.Reads(part))
        {
            var look = await reads.AtAsync(read, cancellation).ConfigureAwait(false);
            foreach (var thing in look.Answer is { } answer ? sight.ThingsOf(answer) : []) lines.Add(new Dependent("  " + AwsPreview.Line(sight, part, thing), null, Counts: false));
        }
        lines.AddRange((await OfAsync(part, cancellation).ConfigureAwait(false)).Select(line => line with { Line = "  " + line.Line }));
        return lines;
    }

    private async Task<IReadOnlyList<Dependent>> OfBucketAsync(AwsCall call, CancellationToken cancellation)
    {
        var look = await reads.AtAsync(call with { Action = "ListObjectsV2", Parameters = JsonSerializer.SerializeToElement(new { Bucket = call.Text("Bucket"), MaxKeys = 1000 }) }, cancellation).ConfigureAwait(false);
        if (look.Answer is not { } answer) return look.IsGone ? [] : [Unseen("the bucket's objects", look)];
        var count = answer.TryGetProperty("Contents", out var objects) ? objects.GetArrayLength() : 0;
        var more = answer.TryGetProperty("IsTruncated", out var flag) && flag.ValueKind == JsonValueKind.True;
        return [new Dependent($"{count}{(more ? " or more" : "")} objects in bucket {call.Text("Bucket")}", null, Counts: false)];
    }

    private async Task<IReadOnlyList<Dependent>> CountAsync(AwsCall call, string action, object parameters, string list, string what, CancellationToken cancellation)
    {
        var look = await reads.AtAsync(call with { Action = action, Parameters = JsonSerializer.SerializeToElement(parameters) }, cancellation).ConfigureAwait(false);
        if (look.Answer is not { } answer) return look.IsGone ? [] : [Unseen(what, look)];
        return [new Dependent($"{(answer.TryGetProperty(list, out var found) ? found.GetArrayLength() : 0)} {what}", null, Counts: false)];
    }

    private static Dependent Unseen(string what, Look look) => new($"Could not be looked at: {what} ({look.Problem})", null, Counts: false);

    private static string TextOf(JsonElement part, string name) => part.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
