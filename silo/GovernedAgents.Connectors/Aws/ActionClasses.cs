using System.Collections.Frozen;
using System.Text.Json;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Aws;

/// <summary>
/// The effect class of an action. What no line here names is <c>destroy</c>. Names go from the exact action to its verb; parameters can only raise a class. Overwriting what cannot be
/// brought back (an object, an item, a whole stack) is <c>destroy</c>; an operator who knows better pins it.
/// </summary>
internal static class ActionClasses
{
    private static readonly string[] ReadVerbs = ["BatchGet", "Describe", "Estimate", "Filter", "Get", "Head", "List", "Lookup", "Query", "Scan", "Search", "Simulate", "Validate"];

    /// <summary>Reversible where the service keeps what was before, or where the opposite verb exists.</summary>
    private static readonly string[] MutateVerbs =
    [
        "Add", "Allocate", "Apply", "Associate", "Attach", "Copy", "Create", "Detach", "Disable", "Disassociate", "Enable", "Modify", "Put", "Reboot", "Register", "Restart", "Restore", "Resume",
        "Retry", "Revoke", "Run", "Send", "Set", "Start", "Stop", "Subscribe", "Tag", "Untag", "Update",
    ];

    private static readonly FrozenDictionary<string, EffectClass> Exact = new Dictionary<EffectClass, string>
    {
        [EffectClass.Read] = "sts:DecodeAuthorizationMessage sts:GetAccessKeyInfo sts:GetCallerIdentity",
        [EffectClass.Mutate] = "iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails ec2:UnmonitorInstances ec2:MonitorInstances sqs:ChangeMessageVisibility kms:CancelKeyDeletion",
        [EffectClass.Privilege] = """
            ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateKeyPair ec2:GetPasswordData ec2:ImportKeyPair ec2:ModifyImageAttribute ec2:ModifySnapshotAttribute
            ec2:ModifySecurityGroupRules ec2:SendDiagnosticInterrupt ec2:AssociateIamInstanceProfile ec2:CreateVpcPeeringConnection ec2:DisableEbsEncryptionByDefault ec2:DisableSnapshotBlockPublicAccess
            ec2:DisableImageBlockPublicAccess elasticbeanstalk:AssociateEnvironmentOperationsRole
            kms:CreateGrant kms:Decrypt kms:DeriveSharedSecret kms:GenerateDataKey kms:GenerateDataKeyPair kms:GenerateMac kms:PutKeyPolicy kms:ReEncrypt kms:Sign kms:GetParametersForImport
            lambda:AddLayerVersionPermission lambda:AddPermission lambda:CreateFunctionUrlConfig lambda:UpdateFunctionUrlConfig
            rds:ModifyDBClusterSnapshotAttribute rds:ModifyDBSnapshotAttribute rds:AuthorizeDBSecurityGroupIngress rds:AddRoleToDBCluster rds:AddRoleToDBInstance
            s3:CreateSession s3:PutBucketAcl s3:PutBucketCors s3:PutBucketOwnershipControls s3:PutBucketPolicy s3:PutBucketReplication s3:PutObjectAcl s3:PutPublicAccessBlock
            sqs:AddPermission ssm:CreateActivation ssm:GetAccessToken ssm:ModifyDocumentPermission ssm:PutResourcePolicy ssm:ResumeSession ssm:StartSession dynamodb:PutResourcePolicy
            """,
        [EffectClass.Destroy] = """
            cloudformation:UpdateStack cloudformation:UpdateStackInstances cloudformation:UpdateStackSet dynamodb:PutItem dynamodb:UpdateContinuousBackups dynamodb:UpdateItem dynamodb:UpdateTimeToLive
            elasticbeanstalk:UpdateEnvironment s3:CopyObject s3:PutBucketLifecycle s3:PutBucketLifecycleConfiguration s3:PutObject ssm:SendAutomationSignal ssm:SendCommand
            ssm:StartAutomationExecution
            """,
    }.SelectMany(entry => entry.Value.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => KeyValuePair.Create(name, entry.Key)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every action that stands here by its full name: a test holds them against the models.</summary>
    public static IEnumerable<string> Named => Exact.Keys;

    public static EffectClass Of(string service, string action, JsonElement parameters)
    {
        var known = ByName(service, action);
        // Who hands a service a role lends it that role's rights.
        return known is EffectClass.Mutate && (PassesRole(parameters) || AllowsIam(parameters) || SetsPolicy(parameters)) ? EffectClass.Privilege : known;
    }

    private static EffectClass ByName(string service, string action)
    {
        if (Exact.TryGetValue($"{service}:{action}", out var exact)) return exact;
        if (service == "sts") return EffectClass.Privilege;
        if (ReadVerbs.Any(verb => Begins(action, verb))) return EffectClass.Read;
        if (!MutateVerbs.Any(verb => Begins(action, verb))) return EffectClass.Destroy;
        // Every change in IAM grants or can grant.
        return service == "iam" ? EffectClass.Privilege : EffectClass.Mutate;
    }

    /// <summary>The whole word: <c>Get</c> begins GetItem, not Getaway.</summary>
    private static bool Begins(string action, string verb) => action.StartsWith(verb, StringComparison.Ordinal) && (action.Length == verb.Length || char.IsUpper(action[verb.Length]));

    private static bool PassesRole(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object && parameters.EnumerateObject().Any(member =>
        member.Name.EndsWith("Role", StringComparison.OrdinalIgnoreCase) || member.Name.EndsWith("RoleArn", StringComparison.OrdinalIgnoreCase) || member.Name == "IamInstanceProfile");

    private static bool AllowsIam(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("Capabilities", out var list) && list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && item.GetString()!.Contains("IAM", StringComparison.Ordinal));

    private static bool SetsPolicy(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object
        && (parameters.TryGetProperty("Policy", out _) || (parameters.TryGetProperty("Attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty("Policy", out _)));
}
