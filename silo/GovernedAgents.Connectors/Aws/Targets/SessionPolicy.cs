using System.Text.Json.Nodes;

namespace GovernedAgents.Connectors.Aws.Targets;

/// <summary>The session policy of one request: what the assumed role may do at most, so that a request which was not meant gets nothing else done.</summary>
internal static class SessionPolicy
{
    /// <summary>Where the permission has another name than the operation.</summary>
    private static readonly Dictionary<string, string> Permissions = new(StringComparer.Ordinal)
    {
        ["lambda:Invoke"] = "lambda:InvokeFunction", ["lambda:InvokeAsync"] = "lambda:InvokeFunction", ["s3:CompleteMultipartUpload"] = "s3:PutObject", ["s3:CopyObject"] = "s3:PutObject",
        ["s3:CreateMultipartUpload"] = "s3:PutObject", ["s3:DeleteObjects"] = "s3:DeleteObject", ["s3:HeadBucket"] = "s3:ListBucket", ["s3:HeadObject"] = "s3:GetObject", ["s3:ListBuckets"] = "s3:ListAllMyBuckets",
        ["s3:ListMultipartUploads"] = "s3:ListBucketMultipartUploads", ["s3:ListObjectVersions"] = "s3:ListBucketVersions", ["s3:ListObjects"] = "s3:ListBucket", ["s3:ListObjectsV2"] = "s3:ListBucket",
        ["s3:ListParts"] = "s3:ListMultipartUploadParts", ["s3:UploadPart"] = "s3:PutObject", ["s3:DeleteBucketLifecycle"] = "s3:PutLifecycleConfiguration", ["s3:PutBucketLifecycleConfiguration"] = "s3:PutLifecycleConfiguration",
        ["s3:GetBucketLifecycleConfiguration"] = "s3:GetLifecycleConfiguration", ["s3:GetBucketEncryption"] = "s3:GetEncryptionConfiguration", ["s3:PutBucketEncryption"] = "s3:PutEncryptionConfiguration",
        ["s3:GetPublicAccessBlock"] = "s3:GetBucketPublicAccessBlock", ["s3:PutPublicAccessBlock"] = "s3:PutBucketPublicAccessBlock", ["s3:GetBucketReplication"] = "s3:GetReplicationConfiguration",
        ["s3:PutBucketReplication"] = "s3:PutReplicationConfiguration", ["dynamodb:TransactGetItems"] = "dynamodb:GetItem", ["dynamodb:ExecuteStatement"] = "dynamodb:PartiQL*",
        ["dynamodb:BatchExecuteStatement"] = "dynamodb:PartiQL*", ["dynamodb:ExecuteTransaction"] = "dynamodb:PartiQL*",
    };

    public static string Of(AwsCall call, TargetNames names)
    {
        var permission = $"{call.Service}:{call.Action}";
        IEnumerable<string> resources = names.PolicyResourcesOf(call);
        // The objects of the bucket are what is deleted, and they are named in the body.
        if (permission is "s3:DeleteObjects") resources = resources.Select(arn => arn + "/*");
        return new JsonObject
        {
            ["Version"] = "2012-10-17",
            ["Statement"] = new JsonArray(new JsonObject
            {
                ["Effect"] = "Allow",
                ["Action"] = Permissions.GetValueOrDefault(permission, permission),
                ["Resource"] = new JsonArray([.. resources.Select(arn => (JsonNode)arn)]),
            }),
        }.ToJsonString();
    }
}
