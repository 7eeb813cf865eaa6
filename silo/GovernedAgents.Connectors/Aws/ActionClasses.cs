using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using GovernedAgents.Connectors.Aws.Catalogue;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Aws;

/// <summary>
/// The effect class of an action: a pure function over the catalogue's access level and what a level does not tell. What the catalogue does not have is <c>destroy</c>, and so is a write that no
/// line here calls reversible. Names go from the exact action to its words; parameters can only raise a class. Overwriting what cannot be brought back (an object, an item, a whole stack) is
/// <c>destroy</c>; an operator who knows better pins it.
/// </summary>
internal static partial class ActionClasses
{
    /// <summary>Wherever one stands in the name of a write. As the first word it counts whatever the level says.</summary>
    private static readonly FrozenSet<string> DestroyWords = FrozenSet.Create(StringComparer.Ordinal,
        "Abort", "Cancel", "Clear", "Delete", "Deletion", "Deregister", "Destroy", "Discard", "Drop", "Erase", "Expire", "Flush", "Kill", "Overwrite", "Purge", "Recreate", "Release", "Remove", "Replace", "Reset", "Rollback",
        "Terminate", "Termination", "Truncate", "Unregister", "Wipe");

    /// <summary>With one of these as its first word and one of <see cref="CredentialWords"/> in its name, an action hands out what can be used to sign in.</summary>
    private static readonly FrozenSet<string> HandingVerbs = FrozenSet.Create(StringComparer.Ordinal,
        "Assume", "Batch", "Create", "Download", "Exchange", "Export", "Generate", "Get", "Initiate", "Issue", "Request", "Retrieve", "Reveal", "View");

    private static readonly FrozenSet<string> CredentialWords = FrozenSet.Create(StringComparer.Ordinal, "Credential", "Credentials", "Password", "Passwords", "Secret", "Secrets", "Token", "Tokens");

    /// <summary>Reversible where the service keeps what was before, or where the opposite verb exists.</summary>
    private static readonly string[] MutateVerbs =
    [
        "Add", "Allocate", "Apply", "Associate", "Attach", "Copy", "Create", "Detach", "Disable", "Disassociate", "Enable", "Modify", "Put", "Reboot", "Register", "Restart", "Restore", "Resume",
        "Retry", "Revoke", "Run", "Send", "Set", "Start", "Stop", "Subscribe", "Tag", "Untag", "Update",
    ];

    private static readonly FrozenDictionary<string, EffectClass> Exact = new Dictionary<EffectClass, string>
    {
        [EffectClass.Read] = "iam:GetAccountPasswordPolicy iam:GetCredentialReport sts:DecodeAuthorizationMessage sts:GetAccessKeyInfo sts:GetCallerIdentity",
        [EffectClass.Mutate] = "iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails ec2:UnmonitorInstances ec2:MonitorInstances sqs:ChangeMessageVisibility kms:CancelKeyDeletion",
        [EffectClass.Privilege] = """
            ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateKeyPair ec2:GetPasswordData ec2:ImportKeyPair ec2:ModifyImageAttribute ec2:ModifySnapshotAttribute
            ec2:ModifySecurityGroupRules ec2:SendDiagnosticInterrupt ec2:AssociateIamInstanceProfile ec2:CreateVpcPeeringConnection ec2:DisableEbsEncryptionByDefault ec2:DisableSnapshotBlockPublicAccess
            ec2:DisableImageBlockPublicAccess elasticbeanstalk:AssociateEnvironmentOperationsRole
            kms:CreateGrant kms:Decrypt kms:DeriveSharedSecret kms:GenerateDataKey kms:GenerateDataKeyPair kms:GenerateMac kms:PutKeyPolicy kms:ReEncrypt kms:Sign kms:GetParametersForImport
            lambda:AddLayerVersionPermission lambda:AddPermission lambda:CreateFunctionUrlConfig lambda:UpdateFunctionUrlConfig
            rds:ModifyDBClusterSnapshotAttribute rds:ModifyDBSnapshotAttribute rds:AuthorizeDBSecurityGroupIngress rds:AddRoleToDBCluster rds:AddRoleToDBInstance
            s3:CreateSession s3:PutBucketAcl s3:PutBucketCors s3:PutBucketOwnershipControls s3:PutBucketPolicy s3:PutBucketReplication s3:PutObjectAcl s3:PutPublicAccessBlock
            acm:ExportCertificate cognito-idp:InitiateAuth ivs:BatchGetStreamKey ivs:GetStreamKey lightsail:DownloadDefaultKeyPair lightsail:GetBucketAccessKeys lightsail:GetInstanceAccessDetails
            quicksight:GetAuthCode route53domains:RetrieveDomainAuthCode bedrock-agentcore:GetResourceApiKey wafv2:GetDecryptedAPIKey
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
        if (known is EffectClass.Read && Decrypts(parameters)) return EffectClass.Privilege;
        // Who hands a service a role lends it that role's rights.
        return known is EffectClass.Mutate && (PassesRole(parameters) || AllowsIam(parameters) || SetsPolicy(parameters)) ? EffectClass.Privilege : known;
    }

    private static EffectClass ByName(string service, string action)
    {
        if (Exact.TryGetValue($"{service}:{action}", out var exact)) return exact;
        if (service == "sts") return EffectClass.Privilege;
        if (ActionCatalogue.LevelOf(Permissions.Of(service, action)) is not { } level) return EffectClass.Destroy;
        var words = Words().EnumerateMatches(action);
        var (first, destroys, credential) = ("", false, false);
        foreach (var match in words)
        {
            var word = action.Substring(match.Index, match.Length);
            if (first.Length == 0) first = word;
            destroys |= DestroyWords.Contains(word);
            credential |= CredentialWords.Contains(word);
        }

        var reads = level is AccessLevel.List or AccessLevel.Read;
        if (reads ? DestroyWords.Contains(first) : destroys) return EffectClass.Destroy;
        if (credential && level != AccessLevel.List && HandingVerbs.Contains(first)) return EffectClass.Privilege;
        if (reads) return EffectClass.Read;
        // Every change in IAM grants or can grant.
        if (level == AccessLevel.Permissions || service == "iam") return EffectClass.Privilege;
        return level == AccessLevel.Tagging || MutateVerbs.Any(verb => Begins(action, verb)) ? EffectClass.Mutate : EffectClass.Destroy;
    }

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")]
    private static partial Regex Words();

    /// <summary>The whole word: <c>Get</c> begins GetItem, not Getaway.</summary>
    private static bool Begins(string action, string verb) => action.StartsWith(verb, StringComparison.Ordinal) && (action.Length == verb.Length || char.IsUpper(action[verb.Length]));

    /// <summary>A parameter store gives out its secrets in the clear on demand.</summary>
    private static bool Decrypts(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("WithDecryption", out var asked) && asked.ValueKind != JsonValueKind.False;

    private static bool PassesRole(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object && parameters.EnumerateObject().Any(member =>
        member.Name.EndsWith("Role", StringComparison.OrdinalIgnoreCase) || member.Name.EndsWith("RoleArn", StringComparison.OrdinalIgnoreCase) || member.Name == "IamInstanceProfile");

    private static bool AllowsIam(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("Capabilities", out var list) && list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && item.GetString()!.Contains("IAM", StringComparison.Ordinal));

    private static bool SetsPolicy(JsonElement parameters) => parameters.ValueKind == JsonValueKind.Object
        && (parameters.TryGetProperty("Policy", out _) || (parameters.TryGetProperty("Attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty("Policy", out _)));
}
