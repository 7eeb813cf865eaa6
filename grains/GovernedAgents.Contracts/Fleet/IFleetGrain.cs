using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>The control epoch (halt, killed agents) and the active configuration's registry. Key: 0. Not on the call path.</summary>
[Alias("ga.IFleetGrain")]
public interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>Halts or resumes; answered when every live silo has confirmed the epoch or its run lease has run out.</summary>
    [Alias("Halt")] Task<Answer<FleetSnapshot>> HaltAsync(bool halt, string reason, string by);
    /// <summary>Kills or revives an agent; the same acknowledgement. Refusal: <c>not-found</c>.</summary>
    [Alias("Kill")] Task<Answer<AgentSnapshot>> KillAsync(string agent, bool kill, string reason, string by);
    [Alias("Read"), AlwaysInterleave] Task<FleetSnapshot> ReadAsync();
    [Alias("Agents"), AlwaysInterleave] Task<IReadOnlyList<AgentSnapshot>> AgentsAsync();
    /// <summary>A silo renews its run lease and says which epoch it has put into force; answers at once when there is a newer one, else within 500 ms.</summary>
    [Alias("Renew"), AlwaysInterleave, ResponseTimeout("00:00:02")] Task<FleetControl> RenewLeaseAsync(string silo, long inForce);
    /// <summary>The database is older than its outside checkpoints: every environment freezes itself and voids what waits.</summary>
    [Alias("BeginIncarnation")] Task BeginIncarnationAsync(string detail);
    /// <summary>Agent, Directory and Environment documents in force (canonical forms).</summary>
    [Alias("Documents"), AlwaysInterleave] Task<IReadOnlyList<ConfigurationDocument>> DocumentsAsync();
}

[GenerateSerializer, Immutable, Alias("ga.ConfigurationDocument")]
public sealed record ConfigurationDocument([property: Id(0)] string Kind, [property: Id(1)] string Name, [property: Id(2)] string CanonicalJson, [property: Id(3)] string Hash);

[GenerateSerializer, Immutable, Alias("ga.FleetSnapshot")]
public sealed record FleetSnapshot
{
    [Id(0)] public required bool Halted { get; init; }
    [Id(1)] public string? Reason { get; init; }
    [Id(2)] public string? By { get; init; }
    [Id(3)] public DateTimeOffset? Since { get; init; }
    [Id(4)] public required long Epoch { get; init; }
    [Id(5)] public IReadOnlyList<string> KilledAgents { get; init; } = [];
    [Id(6)] public IReadOnlyList<string> Silos { get; init; } = [];
    [Id(7)] public required int Incarnation { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.AgentSnapshot")]
public sealed record AgentSnapshot
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required string Owner { get; init; }
    [Id(2)] public required GovernedAgents.Policy.AutonomyTier TierCeiling { get; init; }
    [Id(3)] public IReadOnlyList<string> Environments { get; init; } = [];
    [Id(4)] public required bool Killed { get; init; }
    [Id(5)] public string? KilledReason { get; init; }
}

/// <summary>What a silo must put into force, and for how long it may run on it.</summary>
[GenerateSerializer, Immutable, Alias("ga.FleetControl")]
public sealed record FleetControl
{
    [Id(0)] public required long Epoch { get; init; }
    [Id(1)] public required bool Halted { get; init; }
    [Id(2)] public string? HaltReason { get; init; }
    [Id(3)] public IReadOnlyDictionary<string, string> KilledAgents { get; init; } = new Dictionary<string, string>();
    [Id(4)] public required TimeSpan Lease { get; init; }
    [Id(5)] public required int Incarnation { get; init; }
    /// <summary>Grows when documents are put into force: a silo that has older ones takes the new ones over.</summary>
    [Id(6)] public long ConfigurationSeq { get; init; }
}
