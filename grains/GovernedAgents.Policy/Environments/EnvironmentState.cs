using System.Collections.Immutable;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Environments;

/// <summary>An environment as the fold of its stream. Bounded by what is open, never by history. Immutable: a staged state shares with the committed one.</summary>
public sealed record EnvironmentState
{
    /// <summary>Version of this shape: a snapshot of another one is ignored.</summary>
    public const int StateVersion = 1;

    /// <summary>0 until it is configured.</summary>
    public int Generation { get; init; }
    public string Definition { get; init; } = "";
    public string PolicyVersion { get; init; } = "";
    public int Incarnation { get; init; }
    public ImmutableDictionary<string, EnvironmentFrozen> Freezes { get; init; } = ImmutableDictionary<string, EnvironmentFrozen>.Empty;
    public ImmutableDictionary<string, OpenCall> Calls { get; init; } = ImmutableDictionary<string, OpenCall>.Empty;
    public LimitLevels Levels { get; init; } = LimitLevels.Empty;

    public EnvironmentState Apply(DomainEvent occurred, DateTimeOffset at, long seq) => occurred switch
    {
        CallEvent call => ApplyCall(call, at, seq),
        EnvironmentConfigured e => this with { Generation = e.Generation, Definition = e.Definition, PolicyVersion = e.PolicyVersion },
        EnvironmentFrozen e => this with { Freezes = Freezes.SetItem(e.Id, e) },
        EnvironmentUnfrozen => this with { Freezes = Freezes.Clear() },
        IncarnationBegan e => this with { Incarnation = e.Incarnation },
        CallThrottled => this,
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };

    private EnvironmentState ApplyCall(CallEvent occurred, DateTimeOffset at, long seq)
    {
        var call = OpenCall.Apply(Calls.GetValueOrDefault(occurred.Call), occurred, at, seq);
        if (call is null) return this;
        var levels = occurred is ExecutionStarted started && started.Spends.Count > 0 ? Levels.Spend(started.Spends, at) : Levels;
        // A submitted call is not open before its decision says so; it is kept until then because the decision follows in the same unit.
        return this with { Levels = levels, Calls = call.Ended && occurred is not CallSubmitted ? Calls.Remove(call.Id) : Calls.SetItem(call.Id, call) };
    }
}
