using System.Text.Json;
using GovernedAgents.Connectors.Aws;
using GovernedAgents.Connectors.Aws.Catalogue;
using GovernedAgents.Connectors.Aws.Models;
using GovernedAgents.Policy;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>The classes of all actions that AWS documents, whether the connector speaks to their service or not.</summary>
public sealed class ActionCatalogueTests
{
    private static EffectClass Of(string name, object? parameters = null) =>
        ActionClasses.Of(name[..name.IndexOf(':', StringComparison.Ordinal)], name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], JsonSerializer.SerializeToElement(parameters ?? new { }));

    [Fact]
    public void Catalogue_HasEveryServiceThatTheConnectorSpeaks_AndAllOthers()
    {
        Assert.InRange(ActionCatalogue.Names.Count(), 20_000, 40_000);
        Assert.InRange(ActionCatalogue.Names.Select(name => name.Split(':')[0]).Distinct().Count(), 400, 1_000);
        Assert.Empty(ServiceModel.Names.Except(ActionCatalogue.Names.Select(name => name.Split(':')[0])));
    }

    [Theory]
    [InlineData("secretsmanager:GetSecretValue")]
    [InlineData("secretsmanager:BatchGetSecretValue")]
    [InlineData("ecr:GetAuthorizationToken")]
    [InlineData("codeartifact:GetAuthorizationToken")]
    [InlineData("redshift:GetClusterCredentials")]
    [InlineData("cognito-identity:GetCredentialsForIdentity")]
    [InlineData("lightsail:DownloadDefaultKeyPair")]
    [InlineData("lightsail:GetRelationalDatabaseMasterUserPassword")]
    [InlineData("acm:ExportCertificate")]
    [InlineData("ec2:GetPasswordData")]
    [InlineData("sts:GetFederationToken")]
    [InlineData("states:RevealSecrets")]
    [InlineData("events:RetrieveConnectionCredentials")]
    public void AReadThatHandsOutCredentials_IsPrivilege(string action) => Assert.Equal(EffectClass.Privilege, Of(action));

    [Fact]
    public void AParameterStore_HandsOutSecretsOnDemand()
    {
        Assert.Equal(EffectClass.Privilege, Of("ssm:GetParameter", new { Name = "/db", WithDecryption = true }));
        Assert.Equal(EffectClass.Read, Of("ssm:GetParameter", new { Name = "/db", WithDecryption = false }));
        Assert.Equal(EffectClass.Read, Of("ssm:GetParameter", new { Name = "/db" }));
    }

    [Theory]
    [InlineData("nosuchservice:GetThing")]
    [InlineData("ec2:DescribeNothingThatExists")]
    [InlineData("s3:ListEverythingTwice")]
    public void AnUnknownActionOrService_IsDestroy_HoweverItIsCalled(string action) => Assert.Equal(EffectClass.Destroy, Of(action));

    /// <summary>Over the whole catalogue: no write that says so in its name is taken for less.</summary>
    [Fact]
    public void EveryDeletionTerminationPurgeAndReplacement_IsDestroy()
    {
        string[] verbs = ["Delete", "BatchDelete", "Terminate", "Purge", "Replace", "Remove", "Deregister", "Destroy"];
        var taken = ActionCatalogue.Names.Where(name => !ActionClasses.Named.Contains(name) && name.Split(':')[0] != "sts" && verbs.Any(verb => Begins(name.Split(':')[1], verb))).Where(name => Of(name) != EffectClass.Destroy).ToList();
        Assert.Empty(taken);
    }

    [Fact]
    public void EveryPermissionsChange_IsPrivilegeOrMore_AndEveryReadIsNoWrite()
    {
        foreach (var name in ActionCatalogue.Names.Where(name => !ActionClasses.Named.Contains(name)))
        {
            var (level, effect) = (ActionCatalogue.LevelOf(name), Of(name));
            if (level == AccessLevel.Permissions) Assert.True(effect >= EffectClass.Privilege, name);
            if (level == AccessLevel.Write) Assert.True(effect > EffectClass.Read, name);
            if (level == AccessLevel.List && name.Split(':')[1].StartsWith("List", StringComparison.Ordinal) && name.Split(':')[0] != "sts") Assert.True(effect == EffectClass.Read, name);
        }
    }

    /// <summary>An operation without a permission in the catalogue is judged as unknown: these are all of them, so that the next models bring no other unnoticed.</summary>
    [Fact]
    public void Operations_WithoutAPermission_AreTheseAlone()
    {
        var unknown = ServiceModel.Names.SelectMany(service => ServiceModel.Find(service)!.Operations.Keys.Select(action => (Service: service, Action: action)))
            .Where(operation => ActionCatalogue.LevelOf(Permissions.Of(operation.Service, operation.Action)) is null && !ActionClasses.Named.Contains($"{operation.Service}:{operation.Action}"))
            .Select(operation => $"{operation.Service}:{operation.Action}").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(
        [
            "dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement", "dynamodb:ExecuteTransaction", "dynamodb:TransactWriteItems", "iam:UpdateDelegationRequest", "rds:DescribeServerlessV2PlatformVersions",
            "s3:CreateBucketMetadataConfiguration", "s3:DeleteBucketAnalyticsConfiguration", "s3:DeleteBucketIntelligentTieringConfiguration", "s3:DeleteBucketInventoryConfiguration", "s3:DeleteBucketMetadataConfiguration",
            "s3:DeleteBucketMetricsConfiguration", "s3:ListDirectoryBuckets", "s3:RenameObject", "s3:UploadPartCopy", "s3:WriteGetObjectResponse",
        ], unknown);
    }

    private static bool Begins(string action, string verb) => action.StartsWith(verb, StringComparison.Ordinal) && (action.Length == verb.Length || char.IsUpper(action[verb.Length]));
}
