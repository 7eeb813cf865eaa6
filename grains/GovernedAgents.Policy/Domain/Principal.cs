using Orleans;

namespace GovernedAgents.Policy;

/// <summary>An account as its token presented it: <c>iss</c> + <c>sub</c>, never an e-mail. Several accounts may be one person (Directory).</summary>
[GenerateSerializer, Immutable, Alias("ga.Principal")]
public sealed record Principal
{
    [Id(0)] public required string Issuer { get; init; }
    [Id(1)] public required string Subject { get; init; }
    [Id(2)] public string? Name { get; init; }
    /// <summary>The token's <c>groups</c>, without prefix. Authority only where there is no Directory.</summary>
    [Id(3)] public IReadOnlyList<string> Groups { get; init; } = [];
    /// <summary>The token's <c>exp</c>.</summary>
    [Id(4)] public DateTimeOffset? ExpiresAt { get; init; }
    /// <summary>The token's <c>auth_time</c>, for step-up.</summary>
    [Id(5)] public DateTimeOffset? AuthenticatedAt { get; init; }
}
