using System.Collections.Concurrent;
using System.Collections.Immutable;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Configuration;

/// <summary>This silo's read-only copy of what the grains have put into force; swapped whole.</summary>
public sealed class ActiveConfiguration : IPeople, IConfigurationView
{
    private sealed record Documents(
        ImmutableDictionary<string, AgentDefinition> Agents, ImmutableDictionary<string, EnvironmentDefinition> Environments, ImmutableArray<PersonDefinition>? People);

    private readonly ConcurrentDictionary<string, CompiledPolicy> _policies = new(StringComparer.Ordinal);
    private volatile Documents _documents = new(ImmutableDictionary<string, AgentDefinition>.Empty, ImmutableDictionary<string, EnvironmentDefinition>.Empty, null);
    private volatile IReadOnlyList<string> _policyNames = [];

    /// <summary>False until the first configuration is in force.</summary>
    public bool Loaded { get; private set; }

    public IReadOnlyList<string> AgentNames => [.. _documents.Agents.Keys.Order(StringComparer.Ordinal)];
    public IReadOnlyList<string> EnvironmentNames => [.. _documents.Environments.Keys.Order(StringComparer.Ordinal)];
    public IReadOnlyList<string> PolicyNames => [.. _policyNames.Order(StringComparer.Ordinal)];

    /// <summary>Whom the reviews of the policies known here may ask (<c>group:…</c>, <c>person:…</c>), superseded versions included.</summary>
    public IReadOnlyList<string> ReviewParties =>
    [
        .. _policies.Values.SelectMany(policy => policy.Definition.Rules.Select(rule => rule.Review).Append(policy.Definition.Review))
            .SelectMany(review => review?.Quorum ?? []).SelectMany(slot => slot.From).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    public AgentDefinition? Agent(string name) => _documents.Agents.GetValueOrDefault(name);
    public EnvironmentDefinition? Environment(string name) => _documents.Environments.GetValueOrDefault(name);

    public void Activate(IReadOnlyList<ConfigurationDocument> documents, IEnumerable<string> policyNames)
    {
        _documents = new Documents(
            documents.Where(document => document.Kind == "Agent").ToImmutableDictionary(document => document.Name, document => AgentDefinition.FromCanonicalJson(document.CanonicalJson)),
            documents.Where(document => document.Kind == "Environment").ToImmutableDictionary(document => document.Name, document => EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson)),
            documents.Any(document => document.Kind == "Directory")
                ? [.. documents.Where(document => document.Kind == "Directory").SelectMany(document => DirectoryDefinition.FromCanonicalJson(document.CanonicalJson).Persons)]
                : null);
        _policyNames = [.. policyNames];
        Loaded = true;
    }

    public CompiledPolicy? CompiledPolicy(string version) => _policies.GetValueOrDefault(version);

    public CompiledPolicy Compile(string canonicalJson)
    {
        var definition = PolicyDefinition.FromCanonicalJson(canonicalJson);
        return _policies.GetOrAdd(definition.Version, _ => Policy.Policies.CompiledPolicy.Compile(definition));
    }

    /// <inheritdoc/>
    public PersonStanding? Resolve(Principal principal)
    {
        if (_documents.People is not { } people)
            return new PersonStanding { Person = principal.Subject, Groups = principal.Groups };
        foreach (var person in people)
        {
            if (person.Accounts.Any(account => account.Issuer == principal.Issuer && account.Subject == principal.Subject))
                return new PersonStanding { Person = person.Id, Groups = person.Groups, Disabled = person.Disabled, FromDirectory = true };
        }

        return null;
    }

    /// <summary>Whether a recorded vote still counts: by the Directory's present word, or without one until its token's expiry.</summary>
    public bool StillCounts(Vote vote, DateTimeOffset now)
    {
        if (_documents.People is not { } people) return vote.StandsUntil is { } until && now < until;
        var person = people.FirstOrDefault(person => person.Id == vote.Person);
        return person is { Disabled: false } && person.Accounts.Any(account => account.Issuer == vote.Issuer && account.Subject == vote.Subject)
            && vote.Groups.All(group => person.Groups.Contains(group, StringComparer.Ordinal));
    }
}
