using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Audit;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Sessions;

namespace GovernedAgents.Grains.Sessions;

/// <summary>One session: its state, its lineage, and the idempotency keys that it has used.</summary>
public sealed partial class AgentSessionGrain(
    IJournal journal, JournalClock clock, ActiveConfiguration configuration, ControlState control, IReadModel readModel, IGrainFactory grains, IHostedRuns? hosted = null) : Grain, IAgentSessionGrain, IHostedSession
{
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(8);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    private readonly Dictionary<string, CallClaim> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string RequestHash, Task<Answer<CallSnapshot>> Answer)> _underWay = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IEnvironmentGrain> _environments = new(StringComparer.Ordinal);
    private StreamShell<SessionState> _shell = null!;

    private string Id => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, null, clock, $"session/{Id}", new(new SessionState(), SessionState.StateVersion, (state, e, at, _) => state.Apply(e, at)));
        await _shell.LoadAsync(cancellationToken);
        foreach (var claim in await journal.ListClaimsAsync(Id, cancellationToken)) _claims[claim.CallId] = claim;
    }

    public async Task<Answer<SessionSnapshot>> StartAsync(StartSession command)
    {
        if (_shell.Committed.Started is { } running)
        {
            return running.RequestHash == command.RequestHash
                ? (await ReadAsync())!
                : new Refusal { Slug = "idempotency-key-reused", Detail = "This Idempotency-Key has started a session with another request. Use a new key." };
        }

        if (control.Current is not { } fleet) return Refusals.Unavailable();
        if (configuration.Agent(command.Agent) is not { } agent)
            return new Refusal { Slug = "unknown-agent", Detail = $"Agent '{command.Agent}' is not registered.", Errors = [new FieldError("/agent", "Not a registered agent; GET /v1/agents lists them.")] };

        SessionFacts? parent = null;
        if (command.Parent is { } parentId)
        {
            parent = await grains.GetGrain<IAgentSessionGrain>(parentId).FactsAsync();
            var own = command.BySession is { } by ? by == parentId : parent is not null && parent.Person == configuration.Resolve(command.Starter)?.Person;
            if (parent is null || !own) return Refusals.NotFound($"There is no session '{parentId}' of yours.");
            if (parent.State != SessionStatus.Active) return new Refusal { Slug = "conflict", Detail = "The parent session is not active." };
        }

        // A child acts for the same starter: a session token cannot borrow another person's name.
        var starter = parent?.Starter ?? command.Starter;
        if (configuration.Resolve(starter) is not { } standing) return new Refusal { Slug = "forbidden", Detail = "The directory does not list this account. Ask an operator." };
        var groups = parent?.Groups ?? standing.Groups;
        if (standing.Disabled || !agent.StartedBy.Any(entry => entry == $"person:{standing.Person}" || groups.Any(group => entry == $"group:{group}")))
            return new Refusal { Slug = "forbidden", Detail = $"{standing.Person} may not start agent '{agent.Name}'. Its 'startedBy' takes {string.Join(", ", agent.StartedBy)}." };
        if (fleet.KilledAgents.TryGetValue(agent.Name, out var killed))
            return new Refusal { Slug = "denied", RuleIds = ["agent-killed"], Detail = $"Agent '{agent.Name}' was killed: {killed} An operator has to revive it." };

        var now = clock.Now;
        var life = command.ExpiresIn is { } asked ? (asked < LongestLife ? asked : LongestLife) : DefaultLife;
        if (agent.Hosted is { } hosting && hosting.Time < life) life = hosting.Time;
        var expires = parent is not null && parent.ExpiresAt < now + life ? parent.ExpiresAt : now + life;
        var content = ContentWrite.Of(Encoding.UTF8.GetBytes(command.Goal), out var goal);
        var started = new SessionStarted
        {
            Agent = agent.Name, Issuer = starter.Issuer, Subject = starter.Subject, Name = starter.Name, Groups = groups, Person = standing.Person, Parent = command.Parent,
            Lineage = parent is null ? [] : [.. parent.Lineage, parent.Session], Tier = Min(command.Tier, Min(agent.TierCeiling, parent?.Tier ?? AutonomyTier.Autonomous)),
            Labels = command.Labels, ExpiresAt = expires, Goal = goal, RequestHash = command.RequestHash,
            Budget = agent.Hosted is { } within ? new SessionBudget { Steps = within.Steps, Tokens = within.Tokens } : null,
        };
        if ((await _shell.RecordAsync(now, [started], [content], null, [])).Status != AppendStatus.Committed) return Lost();
        await WakeAsync();
        return (await ReadAsync())!;
    }

    public async Task<Answer<SessionSnapshot>> ChangeAsync(SessionChange change)
    {
        var state = _shell.Ahead;
        if (state.Started is null) return Refusals.NotFound($"There is no session '{Id}'.");
        var now = clock.Now;
        var verdict = change.Verb switch
        {
            SessionVerb.Pause => SessionRules.Pause(state, now, change.Reason, change.By),
            SessionVerb.Resume => SessionRules.Resume(state, now, change.Reason, change.By, change.AsOperator),
            SessionVerb.Quarantine => SessionRules.Quarantine(state, now, change.Reason, change.By),
            SessionVerb.End => SessionRules.End(state, change.Reason, change.By),
            _ => SessionRules.SetTier(state, now, change.Tier!.Value, change.Reason, change.By, change.AsOperator),
        };
        if (verdict.Refused is { } why) return new Refusal { Slug = verdict.TakesOperator ? "forbidden" : "conflict", Detail = why };
        if (verdict.Event is { } occurred && (await _shell.RecordAsync(now, occurred)).Status != AppendStatus.Committed) return Lost();
        if (change.Verb is SessionVerb.Pause or SessionVerb.Quarantine or SessionVerb.End) hosted?.Interrupt(Id);
        if (change.Verb is SessionVerb.Quarantine or SessionVerb.End) await VoidHeldAsync(change);
        await WakeAsync();
        return (await ReadAsync())!;
    }

    public async Task<Answer<CallSnapshot>> SubmitAsync(SubmitCall command)
    {
        if (_shell.Committed.Started is not { } started) return Refusals.NotFound($"There is no session '{Id}'.");
        if (_claims.TryGetValue(command.CallId, out var claim))
            return claim.RequestHash == command.RequestHash ? await RepeatAsync(claim, command.Wait) : Reused(command.CallId);
        if (_underWay.TryGetValue(command.CallId, out var same))
            return same.RequestHash == command.RequestHash ? await same.Answer : Reused(command.CallId);
        if (!configuration.EnvironmentNames.Contains(command.Environment)) return new Refusal { Slug = "unknown-environment", Detail = $"There is no environment '{command.Environment}'." };
        var most = configuration.Agent(started.Agent)?.MaxCallsPerSession ?? 0;
        if (_claims.Count + _underWay.Count >= most)
            return new Refusal { Slug = "denied", RuleIds = ["max-calls-per-session"], Detail = $"This session has made the {most} calls that agent '{started.Agent}' may make in one. Start a new session." };

        var answer = ForwardAsync(command);
        _underWay[command.CallId] = (command.RequestHash, answer);
        try
        {
            return await answer;
        }
        finally
        {
            _underWay.Remove(command.CallId);
        }
    }

    public async Task<SessionSnapshot?> ReadAsync()
    {
        var state = _shell.Committed;
        if (state.Started is not { } started) return null;
        var facts = (await FactsAsync())!;
        var goal = await journal.ReadContentAsync(started.Goal.Id);
        return SessionViews.Of(Id, state, clock.Now, goal, _claims.Count, facts, configuration);
    }

    public async Task<SessionFacts?> FactsAsync()
    {
        var state = _shell.Committed;
        if (state.Started is not { } started) return null;
        var parent = started.Parent is { } parentId ? await grains.GetGrain<IAgentSessionGrain>(parentId).FactsAsync() : null;
        var agent = configuration.Agent(started.Agent);
        var starter = new Principal { Issuer = started.Issuer, Subject = started.Subject, Name = started.Name, Groups = started.Groups };
        var standing = configuration.Resolve(starter);
        var status = state.StatusAt(clock.Now);
        if (standing is null or { Disabled: true }) status = SessionStatus.Ended;
        if (parent is not null && parent.State > status) status = parent.State;
        return new SessionFacts
        {
            Session = Id, Agent = started.Agent, AgentOwner = agent?.Owner ?? "", AgentEnvironments = agent?.Environments ?? [], Starter = starter, Person = started.Person,
            Groups = standing?.Groups ?? [], State = status, ExpiresAt = started.ExpiresAt, Labels = started.Labels, Lineage = started.Lineage,
            Tier = Min(state.Tier, Min(agent?.TierCeiling ?? AutonomyTier.Observe, parent?.Tier ?? AutonomyTier.Autonomous)),
            LineageStarters = parent is null ? [] : [.. parent.LineageStarters, parent.Person],
        };
    }

    private async Task<Answer<CallSnapshot>> ForwardAsync(SubmitCall command)
    {
        var facts = (await FactsAsync())!;
        var answer = await EnvironmentOf(command.Environment).SubmitAsync(command, facts);
        if (answer.Value is not null || answer.Refusal is { Slug: "denied", CallId: not null })
            _claims[command.CallId] = new CallClaim(command.CallId, Id, command.Environment, command.RequestHash);
        else if (answer.Refusal is { Slug: "unavailable" } && await journal.FindClaimAsync(command.CallId) is { } taken)
        {
            // It was recorded before its activation ended: the next one knows what became of it.
            _claims[command.CallId] = taken;
            return await RepeatAsync(taken, command.Wait);
        }

        return answer;
    }

    /// <summary>A grain factory looks its interfaces up by reflection each time; a session calls few environments, often.</summary>
    private IEnvironmentGrain EnvironmentOf(string name) =>
        _environments.TryGetValue(name, out var known) ? known : _environments[name] = grains.GetGrain<IEnvironmentGrain>(name);

    private async Task<Answer<CallSnapshot>> RepeatAsync(CallClaim claim, TimeSpan wait)
    {
        var environment = EnvironmentOf(claim.Environment);
        var view = await environment.WatchAsync(claim.CallId, null, TimeSpan.Zero);
        if (view is { State: CallStatus.Executing }) view = await environment.WatchAsync(claim.CallId, view.Version, wait);
        view ??= await readModel.FindCallAsync(claim.CallId, CancellationToken.None);
        return view is null ? Refusals.Unavailable() : CallViews.AsAnswer(view);
    }

    private async Task VoidHeldAsync(SessionChange change)
    {
        var reason = $"The session was {(change.Verb == SessionVerb.End ? "ended" : "quarantined")}: {change.Reason}";
        foreach (var environment in _claims.Values.Select(claim => claim.Environment).Distinct(StringComparer.Ordinal))
            await grains.GetGrain<IEnvironmentUpkeep>(environment).VoidSessionAsync(Id, reason);
    }

    private Refusal Lost()
    {
        DeactivateOnIdle();
        return Refusals.Unavailable();
    }

    private static Refusal Reused(string callId) => new()
    {
        Slug = "idempotency-key-reused", CallId = callId, Detail = "This session has used the Idempotency-Key for another request. Use a new key for a new call.",
    };

    private static AutonomyTier Min(AutonomyTier left, AutonomyTier right) => left < right ? left : right;
}
