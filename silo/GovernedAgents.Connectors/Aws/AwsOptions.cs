using GovernedAgents.Connectors.Aws.Sending;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Aws;

/// <summary>A <c>connector: aws</c> entry as it was checked.</summary>
internal sealed record AwsOptions
{
    private static readonly string[] Known = ["role", "externalId", "regions", "services"];

    /// <summary>ARN of the role that is assumed for each request.</summary>
    public required string Role { get; init; }
    public required string Partition { get; init; }
    public required string Account { get; init; }
    public string? ExternalId { get; init; }
    /// <summary>Regions that may be called; the first is the one of a call that names none.</summary>
    public required IReadOnlyList<string> Regions { get; init; }
    public required IReadOnlyList<string> Services { get; init; }
    /// <summary>Instead of the partition's addresses.</summary>
    public Uri? Endpoint { get; init; }

    /// <exception cref="ArgumentException">An option is missing, unknown or not understood.</exception>
    public static AwsOptions Read(ConnectorSettings settings)
    {
        string Entry(string what) => $"tools entry '{settings.Name}' of environment '{settings.Environment}': {what}";
        if (settings.Options.Keys.FirstOrDefault(name => !Known.Contains(name)) is { } unknown)
            throw new ArgumentException(Entry($"options.{unknown} is not known to connector 'aws'; it knows: {string.Join(", ", Known)}."));
        if (settings.Options.GetValueOrDefault("role") is not { } role || role.Split(':', 6) is not ["arn", var partition, "iam", "", var account, ['r', 'o', 'l', 'e', '/', ..]])
            throw new ArgumentException(Entry("options.role must be the ARN of the role that is assumed for each call, such as arn:aws-cn:iam::123456789012:role/agents-cost-explorer."));
        var regions = List(settings.Options.GetValueOrDefault("regions"));
        if (regions.Count == 0) throw new ArgumentException(Entry("options.regions must name the regions that may be called, such as cn-north-1; the first is the default."));
        if (regions.FirstOrDefault(region => Endpoints.PartitionOf(region) != partition) is { } foreign)
            throw new ArgumentException(Entry($"options.regions has '{foreign}', which is not in the partition '{partition}' of options.role."));
        var services = settings.Options.TryGetValue("services", out var named) ? List(named) : Models.ServiceModel.Names;
        if (services.FirstOrDefault(service => !Models.ServiceModel.Names.Contains(service)) is { } missing)
            throw new ArgumentException(Entry($"options.services has '{missing}'; connector 'aws' knows: {string.Join(", ", Models.ServiceModel.Names)}."));
        return new AwsOptions
        {
            Role = role, Partition = partition, Account = account, ExternalId = settings.Options.GetValueOrDefault("externalId"), Regions = regions, Services = services,
            Endpoint = settings.Url is { } url ? new Uri(url) : null,
        };
    }

    private static List<string> List(string? text) => [.. (text ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
