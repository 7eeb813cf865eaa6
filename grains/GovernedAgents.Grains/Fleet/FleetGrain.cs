using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Fleet;

/// <summary>Halts, kills and the registry of documents; hands every silo its run lease.</summary>
public sealed partial class FleetGrain(
    IJournal journal, JournalClock clock, IReadModel readModel, ActiveConfiguration configuration, ConfigurationTakeover takeover, IPolicySimulation simulation, IOptions<ActivationOptions> activation,
    IGrainFactory grains) : Grain, IFleetGrain, IConfigurationRegistry
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    /// <summary>What monotonic clocks of two machines may differ by within a lease, with room to spare.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    private readonly StreamShell<FleetState> _fleet = new(journal, null, clock, "fleet", new(new FleetState(), FleetState.StateVersion, (state, e, at, seq) => state.Apply(e, at, seq)));
    private readonly StreamShell<RegistryState> _registry = new(journal, null, clock, "config", new(new RegistryState(), RegistryState.StateVersion, (state, e, _, _) => state.Apply(e)));
    private readonly Dictionary<string, (long InForce, long RenewedAt)> _leases = [];
    // Leases on an earlier epoch may run for this long after this instant, whoever gave them.
    private long _othersUntil = clock.Time.GetTimestamp();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _renewed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _fleet.LoadAsync(cancellationToken);
        await _registry.LoadAsync(cancellationToken);
        TakeUp();
    }

    public async Task<Answer<FleetSnapshot>> HaltAsync(bool halt, string reason, string by)
    {
        if (halt == _fleet.Ahead.Halt is null)
        {
            if (!await RecordAsync(halt ? new FleetHalted { Reason = reason, By = by } : new FleetResumed { Reason = reason, By = by })) return Refusals.Unavailable();
        }

        await InForceEverywhereAsync();
        return Snapshot();
    }

    public async Task<Answer<AgentSnapshot>> KillAsync(string agent, bool kill, string reason, string by)
    {
        if (!_registry.Committed.Documents.ContainsKey($"Agent/{agent}"))
            return Refusals.NotFound($"There is no agent '{agent}'. GET /v1/agents lists them.");
        if (kill != _fleet.Ahead.Killed.ContainsKey(agent))
        {
            if (!await RecordAsync(kill ? new AgentKilled { Agent = agent, Reason = reason, By = by } : new AgentRevived { Agent = agent, Reason = reason, By = by })) return Refusals.Unavailable();
        }

        await InForceEverywhereAsync();
        if (kill) await EndSessionsAsync(agent, reason, by);
        return (await AgentsAsync()).First(snapshot => snapshot.Name == agent);
    }

    public async Task BeginIncarnationAsync(string detail)
    {
        if (!await RecordAsync(new RestoreDetected { Incarnation = _fleet.Ahead.Incarnation + 1, Detail = detail }))
            throw new InvalidOperationException("The new incarnation could not be journaled; the silo does not start.");
        await InForceEverywhereAsync();
    }

    public Task<FleetSnapshot> ReadAsync() => Task.FromResult(Snapshot());

    public Task<IReadOnlyList<AgentSnapshot>> AgentsAsync() => Task.FromResult<IReadOnlyList<AgentSnapshot>>(
    [
        .. _registry.Committed.Documents.Values.Where(document => document.DocumentKind == "Agent")
            .Select(document => AgentDefinition.FromCanonicalJson(document.Definition))
            .OrderBy(agent => agent.Name, StringComparer.Ordinal)
            .Select(agent => new AgentSnapshot
            {
                Name = agent.Name, Owner = agent.Owner, TierCeiling = agent.TierCeiling, Environments = agent.Environments,
                Killed = _fleet.Committed.Killed.ContainsKey(agent.Name), KilledReason = _fleet.Committed.Killed.GetValueOrDefault(agent.Name),
            }),
    ]);

    public async Task<FleetControl> RenewLeaseAsync(string silo, long inForce)
    {
        _leases[silo] = (inForce, clock.Time.GetTimestamp());
        Interlocked.Exchange(ref _renewed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        if (inForce == _fleet.Committed.Epoch) await _changed.Task.WaitAsync(Poll, clock.Time).ContinueWith(_ => { }, TaskScheduler.Current);
        await OwnsItsStreamAsync();
        // The lease runs from now: a silo that was told nothing newer may run on this epoch until then.
        _leases[silo] = (inForce, clock.Time.GetTimestamp());
        var state = _fleet.Committed;
        return new FleetControl
        {
            Epoch = state.Epoch, Halted = state.Halt is not null, HaltReason = state.Halt?.Reason, KilledAgents = state.Killed, Lease = Lease, Incarnation = state.Incarnation,
            ConfigurationSeq = _registry.CommittedSeq,
        };
    }

    public Task<IReadOnlyList<ConfigurationDocument>> DocumentsAsync() => Task.FromResult<IReadOnlyList<ConfigurationDocument>>(
        [.. _registry.Committed.Documents.Values.Select(document => new ConfigurationDocument(document.DocumentKind, document.Name, document.Definition, document.DefinitionHash))]);

    private async Task<bool> RecordAsync(DomainEvent occurred)
    {
        var done = (await _fleet.RecordAsync(clock.Now, occurred)).Status == AppendStatus.Committed;
        if (!done) DeactivateOnIdle();
        else if (!journal.SoleWriter) _othersUntil = clock.Time.GetTimestamp();
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return done;
    }

    /// <summary>INVARIANT (bounded halts): answered only when every silo runs on this epoch or may not run at all.</summary>
    private async Task InForceEverywhereAsync()
    {
        var epoch = _fleet.Committed.Epoch;
        // Leases that an earlier activation gave are unknown here, and in a cluster those of one that has not ended yet: none is given once the stream has moved on
        // (OwnsItsStreamAsync), so all of them are over by then.
        while (clock.Time.GetElapsedTime(_othersUntil) < Lease + Tolerance || _leases.Values.Any(lease => lease.InForce < epoch && clock.Time.GetElapsedTime(lease.RenewedAt) < Lease))
            await _renewed.Task.WaitAsync(Poll, clock.Time).ContinueWith(_ => { }, TaskScheduler.Current);
    }

    /// <summary>INVARIANT (bounded halts): a lease is given only on the newest epoch that is durable. An activation that was overtaken gives none.</summary>
    private async Task OwnsItsStreamAsync()
    {
        while (!_fleet.Lost)
        {
            var stored = journal.SoleWriter ? _fleet.CommittedSeq : (await journal.ReadHeadAsync("fleet")).Seq;
            if (stored == _fleet.CommittedSeq && !_fleet.Lost) return;
            if (stored > _fleet.Ahead.Epoch) break;
            // Its own record has just become durable.
            await _changed.Task.WaitAsync(Poll, clock.Time).ContinueWith(_ => { }, TaskScheduler.Current);
        }

        DeactivateOnIdle();
        throw new InvalidOperationException("The fleet's stream is lost to another activation.");
    }

    private async Task EndSessionsAsync(string agent, string reason, string by)
    {
        string? cursor = null;
        do
        {
            var page = await readModel.ListSessionsAsync(new SessionFilter { Agent = agent }, new PageRequest(200, cursor), CancellationToken.None);
            foreach (var session in page.Items.Where(session => session.State != Policy.SessionStatus.Ended))
                await grains.GetGrain<IAgentSessionGrain>(session.Id).ChangeAsync(new SessionChange { Verb = SessionVerb.End, Reason = $"Agent killed: {reason}", By = by, AsOperator = true });
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    private FleetSnapshot Snapshot()
    {
        var state = _fleet.Committed;
        return new FleetSnapshot
        {
            Halted = state.Halt is not null, Reason = state.Halt?.Reason, By = state.Halt?.By, Since = state.HaltedAt, Epoch = state.Epoch, Incarnation = state.Incarnation,
            KilledAgents = [.. state.Killed.Keys.Order(StringComparer.Ordinal)],
            Silos = [.. _leases.Where(lease => clock.Time.GetElapsedTime(lease.Value.RenewedAt) < Lease).Select(lease => lease.Key)],
        };
    }
}
