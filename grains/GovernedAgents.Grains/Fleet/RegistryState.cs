using System.Collections.Immutable;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Fleet;

/// <summary>A proposed document and what became of it.</summary>
/// <param name="State"><c>proposed</c> while its review is pending, then <c>approved</c>, <c>denied</c>, <c>expired</c> or <c>voided</c>.</param>
public sealed record ProposedDefinition(DocumentProposed Event, string State)
{
    public bool Pending => State == "proposed";

    /// <summary>Kind and name.</summary>
    public string Key => $"{Event.DocumentKind}/{Event.Name}";
}

/// <summary>Documents in force and those under review, as the fold of stream <c>config</c>.</summary>
public sealed record RegistryState
{
    public const int StateVersion = 3;
    private const int KeepEnded = 100;

    public ImmutableDictionary<string, DocumentActivated> Documents { get; init; } = ImmutableDictionary<string, DocumentActivated>.Empty;

    /// <summary>Oldest first; of those that have ended, the newest.</summary>
    public ImmutableList<ProposedDefinition> Proposals { get; init; } = [];

    /// <summary>Environment and tool source → tool → accepted schema hash.</summary>
    public ImmutableDictionary<string, ImmutableDictionary<string, string>> Accepted { get; init; } = ImmutableDictionary<string, ImmutableDictionary<string, string>>.Empty;

    public RegistryState Apply(DomainEvent occurred) => occurred switch
    {
        DocumentActivated e => this with { Documents = Documents.SetItem($"{e.DocumentKind}/{e.Name}", e) },
        DocumentProposed e => this with { Proposals = Proposals.Add(new ProposedDefinition(e, "proposed")) },
        DocumentApproved e => With(e.Approval, "approved"),
        DocumentProposalEnded e => With(e.Approval, e.State),
        ToolsAccepted e => this with { Accepted = Accepted.SetItem($"{e.Environment}/{e.Source}", AcceptedOf(e.Environment, e.Source).SetItems(e.Hashes)) },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };

    public ImmutableDictionary<string, string> AcceptedOf(string environment, string source) => Accepted.GetValueOrDefault($"{environment}/{source}") ?? ImmutableDictionary<string, string>.Empty;

    private RegistryState With(string approval, string state)
    {
        ImmutableList<ProposedDefinition> proposals = [.. Proposals.Select(p => p.Event.Approval == approval ? p with { State = state } : p)];
        var forgotten = proposals.Where(p => !p.Pending).SkipLast(KeepEnded).ToHashSet();
        return this with { Proposals = proposals.RemoveAll(forgotten.Contains) };
    }
}
