using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Internal.Auth;
using GovernedAgents.Connectors.Aws.Requests;

namespace GovernedAgents.Connectors.Aws.Sending;

/// <summary>An access key, good until its owner says otherwise.</summary>
internal sealed record AwsKey(string Id, string Secret, string? Token)
{
    /// <summary>Never printed.</summary>
    public override string ToString() => $"AwsKey {Id}";
}

/// <summary>
/// The one file that knows AWSSDK.Core: its credential chain (environment, profile, container, instance) and its signer, which is public but in a namespace that it calls
/// internal. Signature version 4 as of <c>https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html</c>.
/// </summary>
internal static class SigV4
{
    /// <summary>The key that the SDK's chain finds on this machine.</summary>
    /// <exception cref="IOException">It finds none.</exception>
    public static async Task<AwsKey> ChainAsync(CancellationToken cancellation)
    {
        try
        {
            var found = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(null).WaitAsync(cancellation).ConfigureAwait(false);
            var key = await found.GetCredentialsAsync().WaitAsync(cancellation).ConfigureAwait(false);
            return new AwsKey(key.AccessKey, key.SecretKey, key.UseToken ? key.Token : null);
        }
        catch (AmazonClientException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>The headers that make the request a signed one, the signature among them.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(AwsRequest request, Endpoint endpoint, AwsKey key, DateTimeOffset now)
    {
        var instant = now.UtcDateTime;
        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(request.Body));
        var headers = new List<KeyValuePair<string, string>>(request.Headers)
        {
            new("X-Amz-Date", instant.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)),
            new("X-Amz-Content-SHA256", bodyHash),
        };
        if (key.Token is { } token) headers.Add(new("X-Amz-Security-Token", token));
        if (request.ContentType is { } type) headers.Add(new("Content-Type", type));

        var signed = headers.Append(new("Host", endpoint.Address.Authority)).Select(header => KeyValuePair.Create(header.Key.ToLowerInvariant(), Trimmed(header.Value))).OrderBy(header => header.Key, StringComparer.Ordinal).ToList();
        var names = string.Join(';', signed.Select(header => header.Key));
        var query = request.Query.Select(pair => (Name: AwsRequest.Encode(pair.Key), Value: AwsRequest.Encode(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        // S3 alone signs the path as it is sent; the others sign it encoded once more.
        var path = endpoint.SigningName == "s3" ? request.Path : AwsRequest.Encode(request.Path, keepSlash: true);
        var canonical = new StringBuilder().Append(request.Method).Append('\n').Append(path).Append('\n').AppendJoin('&', query.Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var (name, value) in signed) canonical.Append(name).Append(':').Append(value).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(bodyHash);

        var signature = AWS4Signer.ComputeSignature(key.Id, key.Secret, endpoint.SigningRegion, instant, endpoint.SigningName, names, canonical.ToString());
        headers.Add(new("Authorization", signature.ForAuthorizationHeader));
        return headers;
    }

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
