using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Sending;

/// <summary>Where a service is reached and with which region and name its requests are signed.</summary>
internal sealed record Endpoint(Uri Address, string SigningRegion, string SigningName);

/// <summary>The partitions and the services of one address for a whole partition.</summary>
internal static class Endpoints
{
    private sealed record Partition(string Name, string[] RegionPrefixes, string Suffix, string GlobalRegion, string CostExplorerRegion);

    private static readonly Partition[] Partitions =
    [
        new("aws-cn", ["cn-"], "amazonaws.com.cn", "cn-north-1", "cn-northwest-1"),
        new("aws-us-gov", ["us-gov-"], "amazonaws.com", "us-gov-west-1", "us-gov-west-1"),
        new("aws", ["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"], "amazonaws.com", "us-east-1", "us-east-1"),
    ];

    /// <returns>Null for a region of no known partition.</returns>
    public static string? PartitionOf(string region) => Find(region)?.Name;

    public static Endpoint Of(ServiceModel service, string region, Uri? instead)
    {
        var partition = Find(region) ?? throw new ArgumentException($"Region '{region}' is in no known partition.", nameof(region));
        var signing = service.Metadata.SigningName ?? service.Metadata.EndpointPrefix;
        var (host, signingRegion) = service.Name switch
        {
            "iam" when partition.Name == "aws" => ($"iam.{partition.Suffix}", partition.GlobalRegion),
            "iam" when partition.Name == "aws-us-gov" => ($"iam.us-gov.{partition.Suffix}", partition.GlobalRegion),
            "iam" => ($"iam.{partition.GlobalRegion}.{partition.Suffix}", partition.GlobalRegion),
            "ce" => ($"ce.{partition.CostExplorerRegion}.{partition.Suffix}", partition.CostExplorerRegion),
            _ => ($"{service.Metadata.EndpointPrefix}.{region}.{partition.Suffix}", region),
        };
        // Another address takes the place of all of them, but who serves it still goes by the region that was asked for.
        return new Endpoint(instead ?? new Uri($"https://{host}"), instead is null ? signingRegion : region, signing);
    }

    private static Partition? Find(string region) => Partitions.FirstOrDefault(partition => partition.RegionPrefixes.Any(prefix => region.StartsWith(prefix, StringComparison.Ordinal)));
}
