namespace GovernedAgents.Connectors.Aws.Catalogue;

/// <summary>The permission that an operation takes, where it has another name than the operation.</summary>
internal static class Permissions
{
    private static readonly Dictionary<string, string> Named = new(StringComparer.Ordinal)
    {
        ["dynamodb:BatchExecuteStatement"] = "dynamodb:PartiQL*", ["dynamodb:ExecuteStatement"] = "dynamodb:PartiQL*", ["dynamodb:ExecuteTransaction"] = "dynamodb:PartiQL*",
        ["dynamodb:TransactGetItems"] = "dynamodb:GetItem",
        ["lambda:GetLayerVersionByArn"] = "lambda:GetLayerVersion", ["lambda:Invoke"] = "lambda:InvokeFunction", ["lambda:InvokeAsync"] = "lambda:InvokeFunction", ["lambda:InvokeWithResponseStream"] = "lambda:InvokeFunction",
        ["s3:CompleteMultipartUpload"] = "s3:PutObject", ["s3:CopyObject"] = "s3:PutObject", ["s3:CreateMultipartUpload"] = "s3:PutObject", ["s3:UploadPart"] = "s3:PutObject",
        ["s3:DeleteBucketCors"] = "s3:PutBucketCORS", ["s3:DeleteBucketEncryption"] = "s3:PutEncryptionConfiguration", ["s3:DeleteBucketLifecycle"] = "s3:PutLifecycleConfiguration", ["s3:DeleteObjects"] = "s3:DeleteObject",
        ["s3:DeleteBucketOwnershipControls"] = "s3:PutBucketOwnershipControls", ["s3:DeleteBucketReplication"] = "s3:PutReplicationConfiguration", ["s3:DeleteBucketTagging"] = "s3:PutBucketTagging",
        ["s3:DeletePublicAccessBlock"] = "s3:PutBucketPublicAccessBlock",
        ["s3:GetBucketAccelerateConfiguration"] = "s3:GetAccelerateConfiguration", ["s3:GetBucketAnalyticsConfiguration"] = "s3:GetAnalyticsConfiguration", ["s3:GetBucketEncryption"] = "s3:GetEncryptionConfiguration",
        ["s3:GetBucketIntelligentTieringConfiguration"] = "s3:GetIntelligentTieringConfiguration", ["s3:GetBucketInventoryConfiguration"] = "s3:GetInventoryConfiguration",
        ["s3:GetBucketLifecycle"] = "s3:GetLifecycleConfiguration", ["s3:GetBucketLifecycleConfiguration"] = "s3:GetLifecycleConfiguration", ["s3:GetBucketMetadataConfiguration"] = "s3:GetBucketMetadataTableConfiguration",
        ["s3:GetBucketMetricsConfiguration"] = "s3:GetMetricsConfiguration", ["s3:GetBucketNotificationConfiguration"] = "s3:GetBucketNotification", ["s3:GetBucketReplication"] = "s3:GetReplicationConfiguration",
        ["s3:GetObjectLockConfiguration"] = "s3:GetBucketObjectLockConfiguration", ["s3:GetPublicAccessBlock"] = "s3:GetBucketPublicAccessBlock",
        ["s3:HeadBucket"] = "s3:ListBucket", ["s3:HeadObject"] = "s3:GetObject",
        ["s3:ListBucketAnalyticsConfigurations"] = "s3:GetAnalyticsConfiguration", ["s3:ListBucketIntelligentTieringConfigurations"] = "s3:GetIntelligentTieringConfiguration",
        ["s3:ListBucketInventoryConfigurations"] = "s3:GetInventoryConfiguration", ["s3:ListBucketMetricsConfigurations"] = "s3:GetMetricsConfiguration", ["s3:ListBuckets"] = "s3:ListAllMyBuckets",
        ["s3:ListMultipartUploads"] = "s3:ListBucketMultipartUploads", ["s3:ListObjectVersions"] = "s3:ListBucketVersions", ["s3:ListObjects"] = "s3:ListBucket", ["s3:ListObjectsV2"] = "s3:ListBucket",
        ["s3:ListParts"] = "s3:ListMultipartUploadParts",
        ["s3:PutBucketAccelerateConfiguration"] = "s3:PutAccelerateConfiguration", ["s3:PutBucketAnalyticsConfiguration"] = "s3:PutAnalyticsConfiguration", ["s3:PutBucketEncryption"] = "s3:PutEncryptionConfiguration",
        ["s3:PutBucketIntelligentTieringConfiguration"] = "s3:PutIntelligentTieringConfiguration", ["s3:PutBucketInventoryConfiguration"] = "s3:PutInventoryConfiguration",
        ["s3:PutBucketLifecycle"] = "s3:PutLifecycleConfiguration", ["s3:PutBucketLifecycleConfiguration"] = "s3:PutLifecycleConfiguration", ["s3:PutBucketMetricsConfiguration"] = "s3:PutMetricsConfiguration",
        ["s3:PutBucketNotificationConfiguration"] = "s3:PutBucketNotification", ["s3:PutBucketReplication"] = "s3:PutReplicationConfiguration", ["s3:PutObjectLockConfiguration"] = "s3:PutBucketObjectLockConfiguration",
        ["s3:PutPublicAccessBlock"] = "s3:PutBucketPublicAccessBlock", ["s3:SelectObjectContent"] = "s3:GetObject",
        ["sqs:ChangeMessageVisibilityBatch"] = "sqs:ChangeMessageVisibility", ["sqs:DeleteMessageBatch"] = "sqs:DeleteMessage", ["sqs:SendMessageBatch"] = "sqs:SendMessage",
    };

    public static string Of(string service, string action) => Named.GetValueOrDefault($"{service}:{action}") ?? $"{service}:{action}";
}
