using System.Text.Json;
using GovernedAgents.Connectors.Aws.Requests;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>Whether a call whose end is unknown took effect. Says so only on proof: a deleted target that is gone or going, or a thing that carries the call's own token.</summary>
internal sealed class AwsReconciliation(AwsReads reads)
{
    private static readonly string[] Deletions = ["Delete", "Terminate"];

    /// <summary>States of things that are on their way out.</summary>
    private static readonly string[] Going = ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "DELETING", "deleting", "shutting-down", "terminated", "INACTIVE", "Terminating", "Terminated"];

    /// <returns>Null when nothing proves it.</returns>
    public async Task<ExecutionOutcome?> OfAsync(AwsCall call, string callId, CancellationToken cancellation)
    {
        if (call is { Service: "ec2", Action: "RunInstances" } && call.Text("ClientToken") is null) return await OfTokenAsync(call, callId, cancellation).ConfigureAwait(false);
        if (!Deletions.Any(verb => call.Action.StartsWith(verb, StringComparison.Ordinal)) || Sight.For(call) is not { } sight || !NamesTheWhole(call, sight)) return null;
        foreach (var read in sight.Reads(call))
        {
            var look = await reads.AtAsync(read, cancellation).ConfigureAwait(false);
            if (look.IsGone) continue;
            if (look.Answer is not { } answer || !sight.ThingsOf(answer).All(IsGoing)) return null;
        }
        return Succeeded("The target was looked at afterwards: it is gone, or on its way.");
    }

    /// <summary>The instances carry the token that only this call sent.</summary>
    private async Task<ExecutionOutcome?> OfTokenAsync(AwsCall call, string callId, CancellationToken cancellation)
    {
        var parameters = JsonSerializer.SerializeToElement(new { Filters = new[] { new { Name = "client-token", Values = new[] { RequestBuilder.TokenOf(callId) } } } });
        var look = await reads.AtAsync(call with { Action = "DescribeInstances", Parameters = parameters }, cancellation).ConfigureAwait(false);
        return look.Answer is { } answer && answer.TryGetProperty("Reservations", out var found) && found.GetArrayLength() > 0 ? Succeeded("Instances with this call's token were found afterwards.") : null;
    }

    /// <summary>DeleteUserPolicy names a user too, and the user is not what it deletes.</summary>
    private static bool NamesTheWhole(AwsCall call, Sight sight) => (call.Service, sight.Parameter, call.Action) is
        ("cloudformation", "StackName", "DeleteStack") or ("dynamodb", "TableName", "DeleteTable") or ("ec2", "InstanceIds", "TerminateInstances") or ("ec2", "VolumeId", "DeleteVolume")
        or ("ec2", "SnapshotId", "DeleteSnapshot") or ("ec2", "VpcId", "DeleteVpc") or ("ec2", "SubnetId", "DeleteSubnet") or ("ec2", "GroupId", "DeleteSecurityGroup") or ("ecs", "cluster", "DeleteCluster")
        or ("elasticbeanstalk", "ApplicationName", "DeleteApplication") or ("iam", "UserName", "DeleteUser") or ("iam", "RoleName", "DeleteRole") or ("iam", "PolicyArn", "DeletePolicy")
        or ("lambda", "FunctionName", "DeleteFunction") or ("rds", "DBInstanceIdentifier", "DeleteDBInstance") or ("rds", "DBClusterIdentifier", "DeleteDBCluster")
        or ("rds", "DBSnapshotIdentifier", "DeleteDBSnapshot") or ("s3", "Bucket", "DeleteBucket") or ("sqs", "QueueUrl", "DeleteQueue") or ("ssm", "Name", "DeleteParameter");

    private static bool IsGoing(JsonElement thing) => thing.ValueKind == JsonValueKind.Object
        && thing.EnumerateObject().Any(member => IsState(member.Name) && (member.Value.ValueKind == JsonValueKind.String ? Going.Contains(member.Value.GetString()) : member.Value.ValueKind == JsonValueKind.Object && IsGoing(member.Value)));

    private static bool IsState(string name) => name is "State" or "Name" or "Status" or "status" or "StackStatus" or "TableStatus" or "DBInstanceStatus";

    private static ExecutionOutcome Succeeded(string note) => new() { Kind = OutcomeKind.Succeeded, ResultJson = JsonSerializer.Serialize(new { reconciled = note }) };
}
