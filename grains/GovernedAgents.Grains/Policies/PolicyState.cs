using System.Collections.Immutable;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Policies;

/// <summary>A proposed version and what became of it.</summary>
/// <param name="State"><c>simulated</c> while its review is pending, then <c>approved</c>, <c>denied</c>, <c>expired</c> or <c>voided</c>.</param>
public sealed record ProposedVersion(PolicyProposed Event, DateTimeOffset At, string State, string? Reason)
{
    public bool Pending => State is "proposed" or "simulated";
}

/// <summary>The versions of a policy, as the fold of its stream.</summary>
public sealed record PolicyState
{
    public const int StateVersion = 1;

    public ImmutableList<(PolicyActivated Event, DateTimeOffset At)> Versions { get; init; } = [];
    public ImmutableList<ProposedVersion> Proposals { get; init; } = [];

    public PolicyActivated? Running => Versions.LastOrDefault().Event;

    public PolicyState Apply(DomainEvent occurred, DateTimeOffset at) => occurred switch
    {
        PolicyActivated e => this with { Versions = Versions.Add((e, at)) },
        PolicyProposed e => this with { Proposals = Proposals.Add(new ProposedVersion(e, at, "proposed", null)) },
        PolicySimulated e => With(e.Approval, p => p with { State = "simulated" }),
        PolicyApproved e => With(e.Approval, p => p with { State = "approved" }),
        PolicyProposalEnded e => With(e.Approval, p => p with { State = e.State, Reason = e.Reason }),
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };

    private PolicyState With(string approval, Func<ProposedVersion, ProposedVersion> change) =>
        this with { Proposals = [.. Proposals.Select(p => p.Event.Approval == approval ? change(p) : p)] };
}
