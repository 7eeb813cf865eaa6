using System.Text.Json.Serialization;
using GovernedAgents.Policy;
using Orleans;

namespace GovernedAgents.Contracts;

/// <summary>A policy held against the calls that the journal has of the environments that use it.</summary>
public interface IPolicySimulation
{
    /// <param name="canonicalJson">The candidate.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<SimulationSnapshot> RunAsync(string canonicalJson, CancellationToken cancellation);

    /// <summary>The policies in force held against what was recorded, as if an Agent, a Directory or an Environment had been this document.</summary>
    Task<SimulationSnapshot> RunAsync(ConfigurationDocument document, CancellationToken cancellation);
}

/// <summary>What a candidate would have decided differently.</summary>
[GenerateSerializer, Immutable, Alias("ga.SimulationSnapshot")]
public sealed record SimulationSnapshot
{
    [Id(0)] public required string Policy { get; init; }
    [Id(1)] public required string Version { get; init; }
    /// <summary>Recorded calls that were judged again: the newest of each environment.</summary>
    [Id(2)] public required int Judged { get; init; }
    /// <summary>Calls that cannot be judged again: their arguments are erased, or something other than the policy decided them.</summary>
    [Id(3)] public required int Skipped { get; init; }
    /// <summary>How many would have been decided differently.</summary>
    [Id(4)] public required int Changed { get; init; }
    /// <summary>Rules by which they would have been, with the number of calls.</summary>
    [Id(5)] public required IReadOnlyList<SimulatedRule> ByRule { get; init; }
    /// <summary>Newest first; at most 200.</summary>
    [Id(6)] public required IReadOnlyList<SimulatedChange> Changes { get; init; }

    /// <summary>In one sentence, with the rules by which most would have been decided differently.</summary>
    [JsonIgnore]
    public string Summary => $"Held against {Judged} recorded calls, {Changed} would have been decided differently{(ByRule.Count == 0 ? "" : $" (by {string.Join(", ", ByRule.Take(10).Select(rule => $"{rule.RuleId}: {rule.Calls}"))})")}.";
}

[GenerateSerializer, Immutable, Alias("ga.SimulatedRule")]
public sealed record SimulatedRule([property: Id(0)] string RuleId, [property: Id(1)] int Calls);

[GenerateSerializer, Immutable, Alias("ga.SimulatedChange")]
public sealed record SimulatedChange
{
    [Id(0)] public required string Call { get; init; }
    [Id(1)] public required string Environment { get; init; }
    [Id(2)] public required string Tool { get; init; }
    [Id(3)] public required string Action { get; init; }
    [Id(4)] public required EffectClass Effect { get; init; }
    [Id(5)] public required DateTimeOffset At { get; init; }
    [Id(6)] public required SimulatedDecision Before { get; init; }
    [Id(7)] public required SimulatedDecision After { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.SimulatedDecision")]
public sealed record SimulatedDecision([property: Id(0)] DecisionEffect Effect, [property: Id(1)] IReadOnlyList<string> RuleIds);
