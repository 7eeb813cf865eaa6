using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>The versions of one policy. Key: policy name.</summary>
[Alias("ga.IPolicyGrain")]
public interface IPolicyGrain : IGrainWithStringKey
{
    /// <summary>Journals this canonical form as the active version; no-op when it already is.</summary>
    [Alias("Activate")] Task<PolicyVersionSnapshot> ActivateAsync(string canonicalJson, string source, string by);
    [Alias("Read"), AlwaysInterleave] Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync();
    /// <summary>Canonical JSON of a version (default: the active one); null if unknown.</summary>
    [Alias("Canonical"), AlwaysInterleave] Task<string?> CanonicalAsync(string? version);
}

[GenerateSerializer, Immutable, Alias("ga.PolicyVersionSnapshot")]
public sealed record PolicyVersionSnapshot
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required string Version { get; init; }
    /// <summary><c>active</c> or <c>superseded</c>.</summary>
    [Id(2)] public required string State { get; init; }
    [Id(3)] public required string Source { get; init; }
    [Id(4)] public required DateTimeOffset ActivatedAt { get; init; }
}
