using GovernedAgents.Policy;
using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>The versions of one policy: proposed and simulated, approved by the quorum of the running version, active. Key: policy name.</summary>
[Alias("ga.IPolicyGrain")]
public interface IPolicyGrain : IGrainWithStringKey
{
    /// <summary>Journals this canonical form as the active version; no-op when it already is.</summary>
    [Alias("Activate")] Task<PolicyVersionSnapshot> ActivateAsync(string canonicalJson, string source, string by);

    /// <summary>
    /// Simulates a version and puts it up for review by the running version's quorum; the same version again answers the review that is pending. Refusals: <c>not-found</c>
    /// (no version runs), <c>conflict</c> (it is the running one, or nobody could review), <c>unavailable</c>.
    /// </summary>
    [Alias("Propose"), ResponseTimeout("00:01:00")] Task<Answer<PolicyVersionSnapshot>> ProposeAsync(ProposePolicy proposal);

    /// <summary>The review of a proposal has ended, in any state: it is activated, or not.</summary>
    [Alias("ApprovalSettled")] Task ApprovalSettledAsync(string approvalId);

    [Alias("Read"), AlwaysInterleave] Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync();
    /// <summary>Canonical JSON of a version (default: the active one); null if unknown.</summary>
    [Alias("Canonical"), AlwaysInterleave] Task<string?> CanonicalAsync(string? version);
}

[GenerateSerializer, Immutable, Alias("ga.ProposePolicy")]
public sealed record ProposePolicy
{
    [Id(0)] public required string CanonicalJson { get; init; }
    [Id(1)] public required string Source { get; init; }
    /// <summary>Person id, or <c>file</c>.</summary>
    [Id(2)] public required string By { get; init; }
    /// <summary>By is a person, who will not vote on it.</summary>
    [Id(3)] public bool ByPerson { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.PolicyVersionSnapshot")]
public sealed record PolicyVersionSnapshot
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required string Version { get; init; }
    /// <summary><c>simulated</c> (proposed, under review), <c>active</c>, <c>superseded</c>, or how its review ended: <c>denied</c>, <c>expired</c>, <c>voided</c>.</summary>
    [Id(2)] public required string State { get; init; }
    [Id(3)] public required string Source { get; init; }
    /// <summary>When it came into force, or was proposed.</summary>
    [Id(4)] public required DateTimeOffset ActivatedAt { get; init; }
    /// <summary>Of a proposed version: its review.</summary>
    [Id(5)] public string? Approval { get; init; }
    [Id(6)] public string? By { get; init; }
    [Id(7)] public string? Reason { get; init; }
}
