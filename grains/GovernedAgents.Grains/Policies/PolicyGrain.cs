using System.Collections.Immutable;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Policies;

/// <summary>The versions of a policy, as the fold of its stream.</summary>
public sealed record PolicyState
{
    public const int StateVersion = 1;

    public ImmutableList<(PolicyActivated Event, DateTimeOffset At)> Versions { get; init; } = [];

    public PolicyState Apply(DomainEvent occurred, DateTimeOffset at) => occurred is PolicyActivated e
        ? this with { Versions = Versions.Add((e, at)) }
        : throw new UnknownEventKindException(EventCodec.KindOf(occurred));
}

/// <summary>Owns which version of a policy is active; evaluates nothing.</summary>
public sealed class PolicyGrain(IJournal journal, JournalClock clock) : Grain, IPolicyGrain
{
    private StreamShell<PolicyState> _shell = null!;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, null, clock, $"policy/{Name}", new(new PolicyState(), PolicyState.StateVersion, (state, e, at, _) => state.Apply(e, at)));
        return _shell.LoadAsync(cancellationToken);
    }

    public async Task<PolicyVersionSnapshot> ActivateAsync(string canonicalJson, string source, string by)
    {
        var version = Sha256Hash.Of(System.Text.Encoding.UTF8.GetBytes(canonicalJson));
        if (_shell.Ahead.Versions.LastOrDefault().Event?.Version != version
            && (await _shell.RecordAsync(clock.Now, new PolicyActivated { Version = version, Definition = canonicalJson, Source = source, By = by })).Status != AppendStatus.Committed)
        {
            DeactivateOnIdle();
            throw new InvalidOperationException($"Version {version} of policy '{Name}' could not be journaled; it is not in force.");
        }

        return (await VersionsAsync())[0];
    }

    public Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync()
    {
        var versions = _shell.Committed.Versions;
        return Task.FromResult<IReadOnlyList<PolicyVersionSnapshot>>(
        [
            .. versions.Select((version, index) => new PolicyVersionSnapshot
            {
                Name = Name, Version = version.Event.Version, Source = version.Event.Source, ActivatedAt = version.At, State = index == versions.Count - 1 ? "active" : "superseded",
            }).Reverse(),
        ]);
    }

    public Task<string?> CanonicalAsync(string? version)
    {
        var versions = _shell.Committed.Versions;
        return Task.FromResult((version is null ? versions.LastOrDefault() : versions.FindLast(one => one.Event.Version == version)).Event?.Definition);
    }
}
