using GovernedAgents.Grains.Configuration;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Silo.Console.SignIn;

public sealed record LocalPerson(string Subject, IReadOnlyList<string> Roles, IReadOnlyList<string> Groups);

/// <summary>Whom the picker of a Development silo offers: enough people to play every part, in the groups that the configuration names.</summary>
public sealed class LocalPeople(IServiceProvider services)
{
    public static readonly IReadOnlyList<string> Roles = ["developer", "reviewer", "operator", "auditor"];

    /// <summary>Groups that may start, call, own or review something, in ordinal order.</summary>
    public IReadOnlyList<string> Groups() => [.. Starters().Concat(Reviewers()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public IReadOnlyList<LocalPerson> Suggested() =>
    [
        new("alice", ["reviewer"], Reviewers()),
        new("bob", ["reviewer"], Reviewers()),
        new("dana", ["developer"], Starters()),
        new("olga", ["operator", "auditor"], []),
    ];

    private ActiveConfiguration? Active => services.GetService<ActiveConfiguration>();

    private List<string> Starters() => Named(Active is { } active
        ? active.AgentNames.SelectMany(name => active.Agent(name)!.StartedBy).Concat(active.EnvironmentNames.SelectMany(name => active.Environment(name)!.Access))
        : []);

    private List<string> Reviewers() => Named(Active is { } active ? active.ReviewParties : []);

    private static List<string> Named(IEnumerable<string> parties) =>
        [.. parties.Where(party => party.StartsWith("group:", StringComparison.Ordinal)).Select(party => party["group:".Length..]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
