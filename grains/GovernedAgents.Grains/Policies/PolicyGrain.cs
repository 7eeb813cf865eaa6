using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Policies;

/// <summary>Owns which version of a policy is active; evaluates nothing. Who agrees to the next version is said by the one that runs.</summary>
public sealed partial class PolicyGrain(
    IJournal journal, JournalClock clock, ActiveConfiguration configuration, IPolicySimulation simulation, IGrainFactory grains) : Grain, IPolicyGrain
{
    private StreamShell<PolicyState> _shell = null!;

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, null, clock, $"policy/{Name}", new(new PolicyState(), PolicyState.StateVersion, (state, e, at, _) => state.Apply(e, at)));
        await _shell.LoadAsync(cancellationToken);
        TakeUp();
    }

    public async Task<PolicyVersionSnapshot> ActivateAsync(string canonicalJson, string source, string by)
    {
        var version = VersionOf(canonicalJson);
        if (_shell.Ahead.Running?.Version != version && !await RecordActivationAsync([], new PolicyActivated { Version = version, Definition = canonicalJson, Source = source, By = by }))
            throw new InvalidOperationException($"Version {version} of policy '{Name}' could not be journaled; it is not in force.");
        return (await VersionsAsync())[0];
    }

    public async Task<Answer<PolicyVersionSnapshot>> ProposeAsync(ProposePolicy proposal)
    {
        if (_shell.Ahead.Running is not { } running) return Refusals.NotFound($"No version of policy '{Name}' is in force. A new policy comes with a file of the configuration folder.");
        var version = VersionOf(proposal.CanonicalJson);
        if (running.Version == version) return Conflict($"This is the version of policy '{Name}' that is in force.");
        if (_shell.Ahead.Proposals.Find(p => p.Pending && p.Event.Version == version) is { } pending) return SnapshotOf(pending);
        var (before, after) = (PolicyDefinition.FromCanonicalJson(running.Definition), PolicyDefinition.FromCanonicalJson(proposal.CanonicalJson));
        if (CompiledPolicy.Compile(before).StandardReview is not { } standard)
            return Conflict($"The version of policy '{Name}' that is in force names nobody who could agree to another (spec.review.quorum). Put the file into force with Governance:Config:Activation=immediate.");

        var simulated = await simulation.RunAsync(proposal.CanonicalJson, CancellationToken.None);
        var now = clock.Now;
        var input = new Proposal.Input
        {
            Subject = $"policy/{Name}", Version = version, Running = running.Version, RunningPolicy = running.Version, Source = proposal.Source, By = proposal.By, ByPerson = proposal.ByPerson,
            Where = "every environment that uses it", Requirements = [standard with { RuleId = "spec.review" }],
            Changes = [.. PolicyDiff.Of(before, after).Select(change => change.Direction == DiffDirection.Other ? change.Text : $"{change.Direction.ToString().ToLowerInvariant()}: {change.Text}")],
            Simulated = simulated.Summary,
            Approval = NewId("apr"), Id = NewId("prp"), Nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), Now = now,
        };
        var drafted = Proposal.Draft(input);
        ContentWrite[] contents = [ContentWrite.Of(drafted.Content, out var content), ContentWrite.Of(drafted.Card, out var card)];
        var requested = Proposal.Request(input, drafted, content, card);
        DomainEvent[] events =
        [
            new PolicyProposed { Approval = input.Approval, Version = version, Definition = proposal.CanonicalJson, Source = proposal.Source, By = proposal.By, Running = running.Version },
            new PolicySimulated { Approval = input.Approval, Judged = simulated.Judged, Changed = simulated.Changed },
        ];
        // The review begins in the same append: no proposal without its review.
        var review = new JournalStream($"approval/{input.Approval}", StreamHead.Empty, default).Stage(requested, now);
        if ((await _shell.RecordAsync(now, events, contents, null, [review])).Status != AppendStatus.Committed) return Lose();
        return SnapshotOf(_shell.Committed.Proposals[^1]);
    }

    public Task<IReadOnlyList<PolicyVersionSnapshot>> VersionsAsync()
    {
        var state = _shell.Committed;
        return Task.FromResult<IReadOnlyList<PolicyVersionSnapshot>>(
        [
            .. state.Proposals.Where(p => p.Pending).Reverse().Select(SnapshotOf),
            .. state.Versions.Select((version, index) => new PolicyVersionSnapshot
            {
                Name = Name, Version = version.Event.Version, Source = version.Event.Source, ActivatedAt = version.At, By = version.Event.By,
                State = index == state.Versions.Count - 1 ? "active" : "superseded",
            }).Reverse(),
            .. state.Proposals.Where(p => !p.Pending && p.State != "approved").Reverse().Select(SnapshotOf),
        ]);
    }

    public Task<string?> CanonicalAsync(string? version)
    {
        var versions = _shell.Committed.Versions;
        return Task.FromResult((version is null ? versions.LastOrDefault() : versions.FindLast(one => one.Event.Version == version)).Event?.Definition);
    }

    private PolicyVersionSnapshot SnapshotOf(ProposedVersion proposed) => new()
    {
        Name = Name, Version = proposed.Event.Version, State = proposed.State, Source = proposed.Event.Source, ActivatedAt = proposed.At, Approval = proposed.Event.Approval, By = proposed.Event.By,
        Reason = proposed.Reason,
    };

    private static string VersionOf(string canonicalJson) => Sha256Hash.Of(Encoding.UTF8.GetBytes(canonicalJson));

    private static string NewId(string prefix) => $"{prefix}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";

    private static Refusal Conflict(string detail) => new() { Slug = "conflict", Detail = detail };

    private Refusal Lose()
    {
        DeactivateOnIdle();
        return Refusals.Unavailable();
    }
}
