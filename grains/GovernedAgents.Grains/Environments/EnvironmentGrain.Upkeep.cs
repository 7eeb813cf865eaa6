using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Approvals;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>Starts of approved calls, outcomes, freezes, voids, and what is due.</summary>
public sealed partial class EnvironmentGrain
{
    /// <summary>What the clocks of two silos may differ by between two comparisons with the database's.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(100);

    public async Task RecordOutcomeAsync(string callId, ExecutionOutcome outcome)
    {
        if (_shell.Ahead.Calls.GetValueOrDefault(callId) is not { Status: CallStatus.Executing or CallStatus.OutcomeUnknown } call)
        {
            if (_shell.Committed.Calls.ContainsKey(callId) && !_shell.Ahead.Calls.ContainsKey(callId)) throw new InvalidOperationException("The outcome is on its way to the journal.");
            await EndIfOverruledAsync(occurred => occurred is CallEvent of && of.Call == callId);
            return;
        }

        List<ContentWrite> contents = [];
        ContentReference? result = null;
        if (outcome.ResultJson is { } json)
        {
            contents.Add(ContentWrite.Of(Encoding.UTF8.GetBytes(json), out var reference));
            result = reference;
        }

        if (outcome.Kind == OutcomeKind.Unknown && call.Status == CallStatus.OutcomeUnknown) return;
        CallEvent occurred = outcome.Kind == OutcomeKind.Unknown
            ? new OutcomeUnknown { Call = callId, ErrorSlug = outcome.ErrorSlug ?? "unknown", ErrorDetail = outcome.ErrorDetail ?? "The effect may have happened.", Result = result }
            : new ExecutionFinished { Call = callId, Succeeded = outcome.Kind == OutcomeKind.Succeeded, Result = result, ErrorSlug = outcome.ErrorSlug, ErrorDetail = outcome.ErrorDetail };
        var now = clock.Now;
        var counted = Counting(call.Submitted, outcome.Kind, now);
        if ((await _shell.RecordAsync(now, [occurred, .. counted], contents, null, [])).Status != AppendStatus.Committed)
        {
            Retire();
            throw new InvalidOperationException("The journal cannot take the outcome now.");
        }

        if (counted.Count > 0) await CarryOutAsync(counted);
        Changed(callId, outcome.ResultJson);
    }

    public async Task<Answer<CallSnapshot>> CancelAsync(string callId, string by)
    {
        if (_shell.Ahead.Calls.GetValueOrDefault(callId) is not { } call) return await NotOpenAsync(callId);
        if (!call.Waiting) return new Refusal { Slug = "already-started", CallId = callId, Detail = "The call has started; a started call cannot be withdrawn." };
        return await EndAsync(call, new CallCancelled { Call = callId, By = by }, ApprovalStatus.Cancelled, $"The call was withdrawn by {by}.");
    }

    public async Task<Answer<CallSnapshot>> ResolveAsync(string callId, bool succeeded, string note, string by)
    {
        if (_shell.Ahead.Calls.GetValueOrDefault(callId) is not { } call) return await NotOpenAsync(callId);
        if (call.Status != CallStatus.OutcomeUnknown) return new Refusal { Slug = "conflict", CallId = callId, Detail = "Only a call whose outcome is unknown can be resolved by a person." };
        return await EndAsync(call, new OutcomeResolved { Call = callId, Succeeded = succeeded, Note = note, By = by }, null, "");
    }

    public async Task<Answer<EnvironmentSnapshot>> FreezeAsync(FreezeChange change)
    {
        if (_definition is null) return new Refusal { Slug = "unknown-environment", Detail = $"There is no environment '{Name}'." };
        if (!change.Freeze)
        {
            if (_shell.Ahead.Freezes.Count > 0 && !await RecordVoidingAsync([new EnvironmentUnfrozen { Reason = change.Reason, By = change.By }], _ => false, "")) return Refusals.Unavailable();
            return (await ReadAsync())!;
        }

        var frozen = new EnvironmentFrozen { Id = "operator", Reason = change.Reason, Blocks = change.Blocks, By = change.By };
        if (!await RecordVoidingAsync([frozen], call => change.Blocks.Contains(call.Submitted.Effect), $"The environment was frozen while the call waited: {change.Reason} Submit it again when it is lifted."))
            return Refusals.Unavailable();
        // INVARIANT (G4): acknowledged only when no start journaled before the freeze can still be sent.
        runner.CancelUnsent(run => run.Environment == Name && change.Blocks.Contains(run.Effect));
        var foreign = _shell.Committed.Calls.Values.Where(call => call.Status == CallStatus.Executing && !runner.Holds(call.Id)).Select(call => call.Started!.StartBy).DefaultIfEmpty().Max();
        if (foreign + ClockTolerance > clock.Now) await Task.Delay(foreign + ClockTolerance - clock.Now, clock.Time);
        return (await ReadAsync())!;
    }

    public Task VoidSessionAsync(string session, string reason) => RecordVoidingAsync([], call => call.Submitted.Session == session, reason);

    public Task VoidAgentAsync(string agent, string reason) => RecordVoidingAsync([], call => call.Submitted.Agent == agent, reason);

    public async Task SweepAsync()
    {
        var now = clock.Now;
        var due = _shell.Ahead.Calls.Values.Where(call => call.DueAt <= now).ToList();
        // The due list follows the journal: what is due there and unknown here was recorded by another activation.
        if (due.Count == 0) await EndIfOverruledAsync(occurred => occurred is CallEvent of && !Knows(of.Call));
        foreach (var call in due)
        {
            if (call.Waiting) await ApprovalSettledAsync(call.Id);
            else if (call.Status == CallStatus.Executing && !runner.Holds(call.Id)) await SettleOverdueAsync(call);
        }
    }

    public async Task ApprovalSettledAsync(string callId)
    {
        if (!_shell.Ahead.Calls.ContainsKey(callId)) await EndIfOverruledAsync(occurred => occurred is CallEvent of && of.Call == callId);
        if (_shell.Ahead.Calls.GetValueOrDefault(callId) is not { Waiting: true } waiting) return;
        var reading = (Approval: grains.GetGrain<IApprovalGrain>(waiting.Held!.Approval).ReadAsync(), Session: grains.GetGrain<IAgentSessionGrain>(waiting.Submitted.Session).FactsAsync());
        if (!await WhileCurrentAsync(Task.WhenAll(reading.Approval, reading.Session))) throw Overtaken();
        var (approval, session) = (await reading.Approval, await reading.Session);
        var bytes = await journal.ReadContentAsync(waiting.Submitted.Content.Id);
        var fingerprint = approval?.State == ApprovalStatus.Approved && bytes is { } shown ? await FingerprintAsync(waiting, CallContent.Parse(shown)) : null;
        using var hold = approval?.State == ApprovalStatus.Approved && session is not null && bytes is { } held ? await HoldAsync(waiting, session, CallContent.Parse(held)) : null;
        // Time has passed: what is still waiting is judged on what is true now, in one step with its staging.
        if (_shell.Lost) throw Overtaken();
        if (approval is null || _shell.Ahead.Calls.GetValueOrDefault(callId) is not { Waiting: true } call) return;
        switch (approval.State)
        {
            case ApprovalStatus.Pending: return;
            case ApprovalStatus.Denied: await EndAsync(call, new CallDenied { Call = callId, Detail = approval.EndedReason ?? "Denied by a reviewer." }, null, ""); return;
            case ApprovalStatus.Expired: await EndAsync(call, new CallExpired { Call = callId, Detail = "The deadline passed before the quorum was reached." }, null, ""); return;
            case ApprovalStatus.Voided or ApprovalStatus.Cancelled: await EndAsync(call, new CallVoided { Call = callId, Reason = approval.EndedReason ?? "The review was closed." }, null, ""); return;
        }

        await StartApprovedAsync(call, approval, session, bytes is { } content ? CallContent.Parse(content) : null, fingerprint, hold);
    }

    /// <summary>What an approved call needs of shared limits, if it is what it was.</summary>
    private async ValueTask<ISharedHold?> HoldAsync(OpenCall call, SessionFacts session, CallContent content)
    {
        if (_policy is not { SharesLimits: true } || tools.Find(Name, call.Submitted.Tool) is not { } tool) return null;
        var arguments = JsonDocument.Parse(content.ArgumentsJson).RootElement;
        return await HoldAsync(FactsOf(session, tool, tools.ConnectorOf(Name, tool.Name).Classify(tool, arguments), arguments, call.CreatedAt));
    }

    /// <summary>Everything that was true when it was approved must be true at the start; any change voids it.</summary>
    private async Task StartApprovedAsync(OpenCall call, ApprovalSnapshot approval, SessionFacts? session, CallContent? content, string? fingerprint, ISharedHold? hold)
    {
        var now = clock.Now;
        var tool = tools.Find(Name, call.Submitted.Tool);
        if (control.Current is null) throw new InvalidOperationException("This silo holds no run lease now; the approved call is tried again.");
        var longestWait = call.Held!.Requirements.Max(requirement => requirement.WaitTimer) ?? TimeSpan.Zero;
        var until = call.Held.Deadline + longestWait;
        if (now >= until) { await EndAsync(call, new CallExpired { Call = call.Id, Detail = "Approved, but it could not start before its deadline." }, null, ""); return; }

        if (WhyVoid(call, approval, session, content, fingerprint, tool, now, out var facts) is { } reason)
        {
            await EndAsync(call, new CallVoided { Call = call.Id, Reason = reason }, ApprovalStatus.Voided, reason);
            return;
        }

        var earliest = approval.ApprovedAt!.Value + longestWait;
        var cost = now >= earliest ? Cost(facts!, hold, now) : default;
        if (cost.Over is { } over) earliest = now + over.RetryAfter;
        if (earliest > now)
        {
            if (call.Status == CallStatus.Approved && call.Approved!.NotBefore == earliest) return;
            if ((await _shell.RecordAsync(now, new CallApproved { Call = call.Id, NotBefore = earliest, Until = until })).Status != AppendStatus.Committed) Retire();
            else Changed(call.Id);
            return;
        }

        var decidedAt = clock.Time.GetTimestamp();
        _contents[call.Id] = content!;
        List<DomainEvent> events = [StartOf(call.Id, TimeoutOf(tool!), cost.Spends, now)];
        AddStartMarks(events, call.Id, facts!, cost.Shared);
        if ((await _shell.RecordAsync(now, events)).Status != AppendStatus.Committed)
        {
            Retire();
            throw new InvalidOperationException("The journal cannot take the start now; the approved call is tried again.");
        }

        Changed(call.Id);
        runner.Start(Name, _definitionHash, call.Submitted.Agent, call.Id, tool!, facts!.Arguments, call.Submitted.Effect, options.Value.StartLease, decidedAt, call.Submitted.Trace);
    }

    private string? WhyVoid(OpenCall call, ApprovalSnapshot approval, SessionFacts? session, CallContent? content, string? fingerprint, ToolDescription? tool, DateTimeOffset now, out CallFacts? facts)
    {
        facts = null;
        var submitted = call.Submitted;
        if (session is null || content is null) return "The session or the call's arguments are gone. Submit it again.";
        if (!tools.Serves(Name, _definitionHash)) throw new InvalidOperationException("The tools of this environment are being changed on this silo; the approved call is tried again.");
        if (tool is null || tool.HeldBack is not null || tool.SchemaHash != submitted.ToolSchemaHash) return $"The schema of '{submitted.Tool}' changed after the call was submitted. Submit it again.";
        if (_shell.Ahead.Generation != submitted.Generation || _shell.Ahead.PolicyVersion != call.Decision.PolicyVersion) return "The environment's configuration or policy changed after the call was submitted. Submit it again.";
        var hash = CallHash.Compute(Name, submitted.Generation, submitted.Tool, submitted.ToolSchemaHash, Encoding.UTF8.GetBytes(content.ArgumentsJson), submitted.Session, submitted.Agent, content.Nonce);
        if (hash != submitted.CallHash || approval.CallHash != submitted.CallHash) return "The stored call is not the one that was approved: its hash differs. Have the audit verified.";
        var arguments = JsonDocument.Parse(content.ArgumentsJson).RootElement;
        var classified = tools.ConnectorOf(Name, tool.Name).Classify(tool, arguments);
        if (classified.Effect != submitted.Effect || classified.Action != submitted.Action || classified.Resource != submitted.Resource) return "The call is classified differently now. Submit it again.";
        if (call.Held!.Fingerprint is { } seen && seen != fingerprint) return "The target is not as the reviewers saw it any more. Submit the call again.";
        facts = FactsOf(session, tool, classified, arguments, call.CreatedAt);
        var verdict = Judge(facts, session, out _);
        if (verdict.Decision.Effect == DecisionEffect.Deny) return $"Not allowed any more: {string.Join(" ", verdict.Decision.Reasons)}";
        if (verdict.Decision.Effect == DecisionEffect.Review && !SameRequirements(verdict.Requirements, call.Held!.Requirements)) return "Another review is required now than the one that was held. Submit it again.";
        // INVARIANT (G1): the quorum is counted again over the votes that still stand.
        var progress = Quorum.Evaluate(call.Held!.Requirements, approval.Votes, vote => configuration.StillCounts(vote, now));
        return progress.Outcome == QuorumOutcome.Approved ? null : "A vote that the quorum needs no longer counts (standing, group or sign-in changed). Submit it again.";
    }

    /// <summary>The target as it is now; null where the reviewers saw none, or it cannot be read.</summary>
    private async Task<string?> FingerprintAsync(OpenCall call, CallContent content)
    {
        if (call.Held?.Fingerprint is null || tools.Find(Name, call.Submitted.Tool) is not { } tool) return null;
        try
        {
            var connector = tools.ConnectorOf(Name, tool.Name);
            using var limit = new CancellationTokenSource(connector.LookLimit, clock.Time);
            return await connector.FingerprintAsync(tool, JsonDocument.Parse(content.ArgumentsJson).RootElement, limit.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static bool SameRequirements(IReadOnlyList<ReviewRequirement> now, IReadOnlyList<ReviewRequirement> then) =>
        JsonSerializer.Serialize(now, EventCodec.Json) == JsonSerializer.Serialize(then, EventCodec.Json);

    private async Task SettleOverdueAsync(OpenCall call)
    {
        ExecutionOutcome? outcome = null;
        if (tools.Find(Name, call.Submitted.Tool) is { } tool && await journal.ReadContentAsync(call.Submitted.Content.Id) is { } bytes)
        {
            var request = new ExecutionRequest { CallId = call.Id, Tool = tool, Arguments = JsonDocument.Parse(CallContent.Parse(bytes).ArgumentsJson).RootElement, Effect = call.Submitted.Effect, BeforeSend = () => false };
            try
            {
                var connector = tools.ConnectorOf(Name, tool.Name);
                using var limit = new CancellationTokenSource(connector.LookLimit, clock.Time);
                outcome = await connector.ReconcileAsync(request, limit.Token);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                outcome = null;
            }
        }

        await RecordOutcomeAsync(call.Id, outcome ?? new ExecutionOutcome
        {
            Kind = call.Submitted.Effect == EffectClass.Read ? OutcomeKind.Failed : OutcomeKind.Unknown, ErrorSlug = "no-outcome",
            ErrorDetail = "The silo that started the call ended before it recorded an outcome. An operator has to look at the target and resolve it.",
        });
    }

    private async Task<Answer<CallSnapshot>> EndAsync(OpenCall call, CallEvent occurred, ApprovalStatus? close, string reason)
    {
        if (!_contents.ContainsKey(call.Id) && await journal.ReadContentAsync(call.Submitted.Content.Id) is { } bytes)
        {
            _contents[call.Id] = CallContent.Parse(bytes);
            if (_shell.Ahead.Calls.GetValueOrDefault(call.Id)?.Version != call.Version) return await AnswerAsync(call.Id, TimeSpan.Zero);
        }

        if ((await _shell.RecordAsync(clock.Now, occurred)).Status != AppendStatus.Committed)
        {
            Retire();
            return Refusals.Unavailable();
        }

        Changed(call.Id);
        if (close is { } status && call.Held is { } held) await WhileCurrentAsync(grains.GetGrain<IApprovalGrain>(held.Approval).CloseAsync(status, reason));
        return await ViewAsync(call.Id) is { } view ? view : Refusals.NotFound($"Call '{call.Id}' has ended.");
    }

    private async Task<Answer<CallSnapshot>> NotOpenAsync(string callId)
    {
        if (!await _shell.MissesAsync(occurred => occurred is CallEvent of && of.Call == callId)) return Refusals.NotFound($"Call '{callId}' is not open here.");
        Retire();
        return Refusals.Unavailable();
    }

    /// <summary>Another activation has recorded what this one does not know: whoever asks has to ask the next one, which does.</summary>
    private async Task EndIfOverruledAsync(Func<DomainEvent, bool> unknown)
    {
        if (!await _shell.MissesAsync(unknown)) return;
        Retire();
        throw Overtaken();
    }

    private static InvalidOperationException Overtaken() => new("This activation of the environment has ended; the next one takes this up.");

    private bool Knows(string callId) => _shell.Ahead.Calls.ContainsKey(callId) || _ending.ContainsKey(callId) || _ended.ContainsKey(callId);

    /// <summary>Records the events together with the voiding of every waiting call that they concern.</summary>
    private async Task<bool> RecordVoidingAsync(List<DomainEvent> events, Func<OpenCall, bool> which, string reason)
    {
        var voided = _shell.Ahead.Calls.Values.Where(call => call.Waiting && which(call)).ToList();
        if (events.Count + voided.Count == 0) return true;
        DomainEvent[] all = [.. events, .. voided.Select(call => new CallVoided { Call = call.Id, Reason = reason })];
        if ((await _shell.RecordAsync(clock.Now, all)).Status != AppendStatus.Committed)
        {
            Retire();
            return false;
        }

        foreach (var call in voided) Changed(call.Id);
        await WhileCurrentAsync(Task.WhenAll(voided.Select(call => grains.GetGrain<IApprovalGrain>(call.Held!.Approval).CloseAsync(ApprovalStatus.Voided, reason))));
        return true;
    }

    /// <summary>After an activation: voids what a restored backup must not resurrect, and asks how the reviews of waiting calls stand.</summary>
    private async Task TakeUpAsync()
    {
        if (_shell.Ahead.Generation > 0 && control.Incarnation is var incarnation && incarnation > _shell.Ahead.Incarnation)
        {
            await RecordVoidingAsync(
            [
                new IncarnationBegan { Incarnation = incarnation },
                new EnvironmentFrozen
                {
                    Id = "restored-backup", By = "system", Blocks = [EffectClass.Read, EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy],
                    Reason = "The database is older than the checkpoints kept outside it. Compare it with the world, then unfreeze.",
                },
            ], _ => true, "The database was restored from an older copy. Submit the call again.");
        }

        var upkeep = this.AsReference<IEnvironmentUpkeep>();
        foreach (var call in _shell.Ahead.Calls.Values.Where(call => call.Waiting)) upkeep.ApprovalSettledAsync(call.Id).Ignore();
        foreach (var tripped in _shell.Ahead.Tripped.Values) KeepSettlingAsync(tripped).Ignore();
    }
}
