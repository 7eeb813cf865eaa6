using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Grains.Telemetry;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Audit;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace GovernedAgents.Grains.Environments;

/// <summary>
/// The gate: read → decide → record → apply → answer. Reentrant, because the next calls are decided while a batch is on its way: every decision and its
/// staging is one synchronous step.
/// </summary>
[Reentrant]
public sealed partial class EnvironmentGrain(
    IJournal journal, SealedSnapshots snapshots, JournalClock clock, ActiveConfiguration configuration, ControlState control, ToolRegistry tools,
    ExecutionRunner runner, ISharedLimits sharedLimits, IOptions<ActivationOptions> options, IGrainFactory grains, IHostApplicationLifetime lifetime) : Grain, IEnvironmentGrain, IEnvironmentUpkeep
{
    private const int KeepEnded = 1_024;
    private static readonly TimeSpan LeaseWait = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, CallContent> _contents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OpenCall> _ending = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CallSnapshot> _ended = new(StringComparer.Ordinal);
    private readonly Queue<string> _endedOrder = new();
    private readonly Dictionary<string, TaskCompletionSource> _changes = new(StringComparer.Ordinal);
    private StreamShell<EnvironmentState> _shell = null!;
    private readonly TaskCompletionSource _retirement = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Name => this.GetPrimaryKeyString();
    private bool Retired => _retirement.Task.IsCompleted;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shell = new(journal, snapshots, clock, $"environment/{Name}", new(new EnvironmentState(), EnvironmentState.StateVersion, Apply));
        await _shell.LoadAsync(cancellationToken);
        _ending.Clear();
        sharedLimits.Learn(_shell.Committed.Shared, clock.Now);
        await TakeConfigurationAsync();
        await TakeUpAsync();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _shell.SaveSnapshotAsync();
    }

    public async Task<Answer<CallSnapshot>> SubmitAsync(SubmitCall command, SessionFacts session)
    {
        if (!await control.HoldsLeaseAsync(LeaseWait)) return NoLease();
        if (_definition is null || _policy is null) return new Refusal { Slug = "unknown-environment", Detail = $"There is no environment '{Name}'." };
        if (_shell.Lost) return Refusals.Unavailable();
        if (_shell.Ahead.Calls.ContainsKey(command.CallId) || _ended.ContainsKey(command.CallId)) return await AnswerAsync(command.CallId, command.Wait);
        if (_intake!.TryTake(session.Session, clock.Now) is { } pause)
            return new Refusal { Slug = "intake-limit", Detail = $"This session submits faster than {_definition.Intake}. Slow down.", RetryAfter = pause };

        // Between two definitions this silo's connectors are those of the one, the decision by the other.
        if (!tools.Serves(Name, _definitionHash)) return Refusals.Unavailable($"The tools of '{Name}' are being brought up or changed on this silo; nothing was started. Try again with the same Idempotency-Key.");
        var tool = tools.Find(Name, command.Tool);
        if (tool is null) return new Refusal { Slug = "unknown-tool", Detail = $"Environment '{Name}' has no tool '{command.Tool}'. GET /v1/tools?environment={Name} lists them." };
        if (tool.HeldBack is { } held) return new Refusal { Slug = "unknown-tool", Detail = $"'{command.Tool}' cannot be called: {held}" };
        var arguments = JsonDocument.Parse(command.ArgumentsJson).RootElement;
        if (tools.Check(Name, tool, arguments) is { Count: > 0 } faults)
            return new Refusal { Slug = "invalid-arguments", Detail = $"The arguments do not fit the schema of '{tool.Name}' ({tool.SchemaHash}).", Errors = faults };

        using var activity = GovernanceTracing.Decide(Name, tool.Name, command.CallId);
        var connector = tools.ConnectorOf(Name, tool.Name);
        var classified = connector.Classify(tool, arguments);
        var facts = FactsOf(session, tool, classified, arguments);
        var verdict = Judge(facts, session, out var now);
        CallPreview? preview = null;
        if (verdict.Decision.Effect == DecisionEffect.Review && !command.DryRun)
        {
            preview = await PreviewAsync(connector, tool, arguments);
            // The preview took time: judge again on what is true now, and stage in the same step. Without a run lease nobody knows whether the fleet is halted: that is no denial.
            if (control.Current is null) return NoLease();
            if (_shell.Lost || _shell.Ahead.Calls.ContainsKey(command.CallId)) return await AnswerAsync(command.CallId, command.Wait);
            facts = Following(facts);
            verdict = Judge(facts, session, out now);
        }

        using var hold = verdict.Decision.Effect == DecisionEffect.Allow && !command.DryRun ? await HoldAsync(facts) : null;
        if (hold is not null)
        {
            // So may that have.
            if (control.Current is null) return NoLease();
            if (_shell.Lost || _shell.Ahead.Calls.ContainsKey(command.CallId)) return await AnswerAsync(command.CallId, command.Wait);
            facts = Following(facts);
            verdict = Judge(facts, session, out now);
        }

        GovernanceTracing.Decided(activity, verdict.Decision);
        return await RecordAsync(new Submission(command, session, tool, classified, facts, preview), verdict, hold, now);
    }

    private static Refusal NoLease() => Refusals.Unavailable("This silo holds no run lease now; nothing was started. Try again with the same Idempotency-Key.");

    private sealed record Submission(SubmitCall Command, SessionFacts Session, ToolDescription Tool, CallClassification Classified, CallFacts Facts, CallPreview? Preview);

    /// <summary>From the verdict to a durable record, and to the start if it was an allow.</summary>
    private async Task<Answer<CallSnapshot>> RecordAsync(Submission submission, PolicyVerdict verdict, ISharedHold? hold, DateTimeOffset now)
    {
        var (command, session, tool, classified, facts, preview) = submission;
        var effect = verdict.Decision.Effect;
        if (effect == DecisionEffect.Review && !command.DryRun && TooManyPending(session.Session) is { } crowded) return crowded;
        var starts = effect == DecisionEffect.Allow && !command.DryRun;
        var cost = starts ? Cost(facts, hold, now) : default;
        if (cost.Over is { } over) return await ThrottleAsync(submission, over.LimitId!, over.RetryAfter, now);

        var content = new CallContent(command.ArgumentsJson, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), command.Reason);
        var write = ContentWrite.Of(content.ToBytes(), out var reference);
        var submitted = new CallSubmitted
        {
            Call = command.CallId, Session = session.Session, Agent = session.Agent, Starter = session.Person, Lineage = session.Lineage, Environment = Name,
            Generation = _shell.Ahead.Generation, Tool = tool.Name, ToolSchemaHash = tool.SchemaHash, Action = classified.Action, Resource = classified.Resource,
            Effect = classified.Effect, Tier = facts.Tier, DryRun = command.DryRun, Content = reference, Trace = GovernanceTracing.Current,
            CallHash = CallHash.Compute(Name, _shell.Ahead.Generation, tool.Name, tool.SchemaHash, Encoding.UTF8.GetBytes(command.ArgumentsJson), session.Session, session.Agent, content.Nonce),
        };
        List<DomainEvent> events = [submitted, new CallDecided { Call = command.CallId, Decision = verdict.Decision }];
        List<ContentWrite> contents = [write];
        List<JournalRecord> others = [];
        var decidedAt = clock.Time.GetTimestamp();
        if (starts)
        {
            events.Add(StartOf(command.CallId, TimeoutOf(tool), cost.Spends, now));
            AddStartMarks(events, command.CallId, facts, cost.Shared);
        }

        if (effect == DecisionEffect.Review && !command.DryRun) Hold(submission, verdict, submitted, now, events, contents, others);

        var counted = command.DryRun || !verdict.ByPolicy ? [] : Counting(facts, command.CallId, effect, now);
        events.AddRange(counted);
        _contents[command.CallId] = content;
        var claim = new CallClaim(command.CallId, session.Session, Name, command.RequestHash);
        var result = await _shell.RecordAsync(now, events, contents, claim, others);
        if (result.Status != AppendStatus.Committed) return Lose(command.CallId);
        Changed(command.CallId);
        // INVARIANT (nothing before it is durable): the connector hears of the call only now.
        if (starts) runner.Start(Name, _definitionHash, session.Agent, command.CallId, tool, facts.Arguments, classified.Effect, options.Value.StartLease, decidedAt, submitted.Trace);
        if (counted.Count > 0) await CarryOutAsync(counted);
        return await AnswerAsync(command.CallId, command.Wait);
    }

    private void Hold(Submission submission, PolicyVerdict verdict, CallSubmitted submitted, DateTimeOffset now, List<DomainEvent> events, List<ContentWrite> contents, List<JournalRecord> others)
    {
        var (command, session, tool, classified, facts, preview) = submission;
        var approval = $"apr_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        var deadline = now + verdict.Requirements.Min(requirement => requirement.ExpiresAfter);
        var card = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(Card.Render(new Card.Input
        {
            Environment = Name, Class = _definition!.Class, Tool = tool.Name, Action = classified.Action, Resource = classified.Resource, Effect = classified.Effect,
            Arguments = facts.Arguments, Starter = session.Person, Agent = session.Agent, Lineage = session.Lineage, AgentReason = command.Reason,
            Why = [.. verdict.Decision.RuleIds.Zip(verdict.Decision.Reasons.Concat(Enumerable.Repeat("", verdict.Decision.RuleIds.Count)), (id, text) => (id, text))],
            PreviewSummary = preview?.Summary, PreviewItems = preview?.Items ?? [],
            Counts = (preview?.Creates ?? 0, preview?.Updates ?? 0, preview?.Replaces ?? 0, preview?.Deletes ?? 0),
        }).ToJsonString()));
        contents.Add(ContentWrite.Of(card, out var cardReference));
        events.Add(new CallHeld { Call = command.CallId, Approval = approval, Deadline = deadline, Requirements = verdict.Requirements, Fingerprint = preview?.Fingerprint });
        var requested = new ReviewRequested
        {
            Approval = approval, Call = command.CallId, Session = session.Session, Agent = session.Agent, AgentOwner = session.AgentOwner, Starter = session.Person,
            Excluded = [.. session.LineageStarters.Append(session.Person).Distinct(StringComparer.Ordinal)], Environment = Name, Class = _definition.Class,
            Generation = submitted.Generation, ToolSchemaHash = tool.SchemaHash, CallHash = submitted.CallHash, RenderHash = Sha256Hash.Of(card),
            PolicyVersion = verdict.Decision.PolicyVersion, Requirements = verdict.Requirements, Deadline = deadline, Card = cardReference,
        };
        // The approval's stream begins in the same append: no review without its call, no held call without its review.
        others.Add(new JournalStream($"approval/{approval}", StreamHead.Empty, default).Stage(requested, now));
    }

    private async Task<Answer<CallSnapshot>> ThrottleAsync(Submission submission, string limit, TimeSpan retryAfter, DateTimeOffset now)
    {
        var (command, session, facts) = (submission.Command, submission.Session, submission.Facts);
        var throttled = new CallThrottled { Session = session.Session, Tool = command.Tool, Limit = limit, RetryAfter = retryAfter };
        var counted = Counting(facts, command.CallId, DecisionEffect.Throttle, now);
        if ((await _shell.RecordAsync(now, [throttled, .. counted])).Status != AppendStatus.Committed) return Lose(command.CallId);
        if (counted.Count > 0) await CarryOutAsync(counted);
        return new Refusal
        {
            Slug = "throttled", RuleIds = [limit], PolicyVersion = _shell.Committed.PolicyVersion, RetryAfter = retryAfter,
            Detail = $"Limit '{limit}' of policy '{_definition!.Policy}' is spent. Repeat the call with the same Idempotency-Key after the time in Retry-After.",
        };
    }

    private Refusal? TooManyPending(string session)
    {
        var waiting = _shell.Ahead.Calls.Values.Where(call => call.Waiting).ToList();
        var own = waiting.Count(call => call.Submitted.Session == session);
        if (own < _definition!.MaxPendingPerSession && waiting.Count < _definition.MaxPendingTotal) return null;
        return new Refusal
        {
            Slug = "too-many-pending", RetryAfter = TimeSpan.FromSeconds(30),
            Detail = $"{own} calls of this session and {waiting.Count} in all wait for review here; at most {_definition.MaxPendingPerSession} and {_definition.MaxPendingTotal} may. Wait for the reviewers, or cancel some.",
        };
    }

    private PolicyVerdict Judge(CallFacts facts, SessionFacts session, out DateTimeOffset now)
    {
        now = clock.Now;
        var fleet = control.Current;
        return Admission.Decide(_shell.Ahead, _policy!, facts, new Admission.Circumstances
        {
            Now = now,
            Session = now >= session.ExpiresAt ? SessionStatus.Ended : session.State,
            HaltReason = fleet is null ? "this silo holds no run lease." : fleet.Halted ? fleet.HaltReason ?? "" : null,
            KillReason = fleet?.KilledAgents.GetValueOrDefault(session.Agent),
            AgentAllowed = NameGlobs.AnyMatches(session.AgentEnvironments, Name),
            StarterAllowed = _definition!.Access.Any(entry => entry == $"person:{session.Person}" || session.Groups.Any(group => entry == $"group:{group}")),
        });
    }

    private CallFacts FactsOf(SessionFacts session, ToolDescription tool, CallClassification classified, JsonElement arguments, DateTimeOffset? asOf = null) => Following(new()
    {
        Environment = Name, Class = _definition!.Class, EnvironmentLabels = _definition.Labels, Session = session.Session, Agent = session.Agent, Principal = session.Person,
        Groups = session.Groups, Labels = session.Labels, Tier = Tripped(session.Session, session.Tier < _definition.TierCeiling ? session.Tier : _definition.TierCeiling), Tool = tool.Name,
        Action = classified.Action, Resource = classified.Resource, Effect = classified.Effect, Arguments = arguments,
    }, asOf);

    private async Task<CallPreview?> PreviewAsync(IConnector connector, ToolDescription tool, JsonElement arguments)
    {
        using var limit = new CancellationTokenSource(connector.LookLimit, clock.Time);
        return tools.Redact(Name, await connector.PreviewAsync(tool, arguments, limit.Token));
    }

    private ExecutionStarted StartOf(string callId, TimeSpan timeout, IReadOnlyList<LimitSpend> spends, DateTimeOffset now) =>
        new() { Call = callId, StartBy = now + options.Value.StartLease, FinishBy = now + options.Value.StartLease + timeout, Spends = spends };

    private TimeSpan TimeoutOf(ToolDescription tool) =>
        _definition!.Tools.FirstOrDefault(source => tool.Name.StartsWith(source.Name + ".", StringComparison.Ordinal))?.Timeout ?? TimeSpan.FromSeconds(30);

    private EnvironmentState Apply(EnvironmentState state, DomainEvent occurred, DateTimeOffset at, long seq)
    {
        var next = state.Apply(occurred, at, seq);
        if (occurred is CallEvent { Call: var id } of && !next.Calls.ContainsKey(id) && OpenCall.Apply(state.Calls.GetValueOrDefault(id), of, at, seq) is { } ended) _ending[id] = ended;
        return next;
    }

    private Refusal Lose(string callId)
    {
        _contents.Remove(callId);
        Retire();
        return Refusals.Unavailable();
    }

    /// <summary>Ends this activation. It lives until its callers are answered, and those who come wait for the next one: so nobody waits here any more.</summary>
    private void Retire()
    {
        _retirement.TrySetResult();
        DeactivateOnIdle();
        foreach (var change in _changes.Values) change.TrySetResult();
    }

    /// <summary>
    /// Waits for another grain, but not longer than this activation lives: that grain may be asking this environment, whose next activation comes only when this one's
    /// callers are answered. What was asked for happens all the same.
    /// </summary>
    /// <returns>False: this activation was retired first.</returns>
    private async Task<bool> WhileCurrentAsync(Task others)
    {
        if (await Task.WhenAny(others, _retirement.Task) != others)
        {
            others.Ignore();
            return false;
        }

        await others;
        return true;
    }
}
