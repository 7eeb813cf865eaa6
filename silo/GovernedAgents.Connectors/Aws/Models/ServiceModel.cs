using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;

namespace GovernedAgents.Connectors.Aws.Models;

/// <summary>
/// One service as its public model describes it: operations, shapes, protocol. The data is compacted from botocore's models (Apache-2.0, see <c>Data/SOURCE.md</c>) by
/// <c>deploy/tools/compact-aws-models.py</c>, embedded, and read when a service is first used.
/// </summary>
internal sealed record ServiceModel
{
    private const string ResourcePrefix = "aws.";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly ConcurrentDictionary<string, ServiceModel> Loaded = new(StringComparer.Ordinal);

    public string Name { get; private init; } = "";
    public required ServiceMetadata Metadata { get; init; }
    public required Dictionary<string, Operation> Operations { get; init; }
    public required Dictionary<string, Shape> Shapes { get; init; }

    /// <summary>Every service that this build knows, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(ServiceModel).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^".json.gz".Length]).Order(StringComparer.Ordinal),
    ];

    /// <returns>Null for a service that this build does not know.</returns>
    public static ServiceModel? Find(string service) => Names.Contains(service, StringComparer.Ordinal) ? Loaded.GetOrAdd(service, Load) : null;

    public Shape ShapeOf(ShapeUse use) => Shapes[use.Shape];

    private static ServiceModel Load(string service)
    {
        using var packed = typeof(ServiceModel).Assembly.GetManifestResourceStream($"{ResourcePrefix}{service}.json.gz")!;
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<ServiceModel>(unpacked, Json)! with { Name = service };
    }
}

internal sealed record ServiceMetadata
{
    public required string ApiVersion { get; init; }
    public required string EndpointPrefix { get; init; }
    /// <summary><c>query</c>, <c>ec2</c>, <c>json</c>, <c>rest-json</c> or <c>rest-xml</c>.</summary>
    public required string Protocol { get; init; }
    public string? JsonVersion { get; init; }
    public string? SigningName { get; init; }
    public string? TargetPrefix { get; init; }
    public string? XmlNamespace { get; init; }
}

internal sealed record Operation
{
    public required HttpBinding Http { get; init; }
    public ShapeUse? Input { get; init; }
    public ShapeUse? Output { get; init; }
    /// <summary>The service refuses a request without a checksum of its body.</summary>
    public bool Checksum { get; init; }
}

internal sealed record HttpBinding(string Method, string RequestUri);

/// <summary>A use of a shape, with the traits of that use.</summary>
internal sealed record ShapeUse
{
    public required string Shape { get; init; }
    public string? Location { get; init; }
    public string? LocationName { get; init; }
    public string? QueryName { get; init; }
    public string? ResultWrapper { get; init; }
    public string? TimestampFormat { get; init; }
    public XmlNamespace? XmlNamespace { get; init; }
    public bool Flattened { get; init; }
    public bool IdempotencyToken { get; init; }
    public bool XmlAttribute { get; init; }
}

internal sealed record XmlNamespace(string Uri, string? Prefix = null);

internal sealed record Shape
{
    /// <summary><c>structure</c>, <c>list</c>, <c>map</c>, <c>string</c>, <c>character</c>, <c>integer</c>, <c>long</c>, <c>float</c>, <c>double</c>, <c>boolean</c>, <c>timestamp</c> or <c>blob</c>.</summary>
    public required string Type { get; init; }
    public Dictionary<string, ShapeUse> Members { get; init; } = [];
    public IReadOnlyList<string> Required { get; init; } = [];
    public ShapeUse? Member { get; init; }
    public ShapeUse? Key { get; init; }
    public ShapeUse? Value { get; init; }
    /// <summary>The member that is the body itself.</summary>
    public string? Payload { get; init; }
    public string? TimestampFormat { get; init; }
    public XmlNamespace? XmlNamespace { get; init; }
    public bool Document { get; init; }
    public bool EventStream { get; init; }
    public bool Flattened { get; init; }
    public bool Sensitive { get; init; }
}
