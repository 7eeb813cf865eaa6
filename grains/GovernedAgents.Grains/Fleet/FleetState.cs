using System.Collections.Immutable;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Fleet;

/// <summary>The fleet as the fold of stream <c>fleet</c>. The epoch is the stream's seq: it grows with every change.</summary>
public sealed record FleetState
{
    public const int StateVersion = 1;

    public long Epoch { get; init; }
    public FleetHalted? Halt { get; init; }
    public DateTimeOffset? HaltedAt { get; init; }
    public ImmutableDictionary<string, string> Killed { get; init; } = ImmutableDictionary<string, string>.Empty;
    public int Incarnation { get; init; }

    public FleetState Apply(DomainEvent occurred, DateTimeOffset at, long seq) => (occurred switch
    {
        FleetHalted e => this with { Halt = e, HaltedAt = at },
        FleetResumed => this with { Halt = null, HaltedAt = null },
        AgentKilled e => this with { Killed = Killed.SetItem(e.Agent, e.Reason) },
        AgentRevived e => this with { Killed = Killed.Remove(e.Agent) },
        RestoreDetected e => this with { Incarnation = e.Incarnation },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    }) with { Epoch = seq };
}
