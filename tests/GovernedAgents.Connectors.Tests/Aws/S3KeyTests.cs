using GovernedAgents.Tests.Kit;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

public sealed class S3KeyTests(TrustingMotoServer moto) : IClassFixture<TrustingMotoServer>
{
    /// <summary>An address is sent as it was signed: not shortened, not decoded.</summary>
    [Theory]
    [InlineData("b c/ü.txt")]
    [InlineData("a+b%2F?&=#.txt")]
    public async Task Key_ThatAnAddressHasToEncode_NamesTheSameObject(string key)
    {
        await using var cloud = Cloud.On(moto);
        await cloud.DoAsync("s3", "CreateBucket", new { Bucket = "keys", CreateBucketConfiguration = new { LocationConstraint = "cn-north-1" } });
        await cloud.DoAsync("s3", "PutObject", new { Bucket = "keys", Key = key, Body = "hello" });
        Assert.Equal("hello", (string?)(await cloud.DoAsync("s3", "GetObject", new { Bucket = "keys", Key = key }))["Body"]);
        Assert.Equal(key, (string?)(await cloud.DoAsync("s3", "ListObjectsV2", new { Bucket = "keys" }))["Contents"]![0]!["Key"]);
        await cloud.DoAsync("s3", "DeleteObjects", new { Bucket = "keys", Delete = new { Objects = new[] { new { Key = key } } } });
        await cloud.DoAsync("s3", "DeleteBucket", new { Bucket = "keys" });
    }
}
