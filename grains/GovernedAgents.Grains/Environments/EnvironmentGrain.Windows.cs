using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>What looks back over several calls: limits, sequences, tripwires. A policy that has none of one pays nothing for it.</summary>
public sealed partial class EnvironmentGrain
{
    private static readonly TimeSpan HoldPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTripPause = TimeSpan.FromSeconds(2);

    /// <summary>What a start takes from the limits, or why it has to wait.</summary>
    private readonly record struct StartCost(IReadOnlyList<LimitSpend> Spends, LimitLevels? Shared, LimitDecision? Over);

    /// <summary>What this start needs of limits that several environments share; null when it needs nothing of them. May take time: everything has to be judged again.</summary>
    private async ValueTask<ISharedHold?> HoldAsync(CallFacts facts) => _policy!.SharedLimitsFor(facts) is { Count: > 0 } spends ? await sharedLimits.HoldAsync(spends) : null;

    /// <summary>Spends the shared limits at once; the environment's own are spent by the record of the start.</summary>
    private StartCost Cost(CallFacts facts, ISharedHold? hold, DateTimeOffset now)
    {
        var spends = _policy!.LimitsFor(facts);
        var shared = _policy.SharedLimitsFor(facts);
        var over = spends.Count > 0 && _shell.Ahead.Levels.TrySpend(spends, now) is { Allowed: false } own ? own : null;
        if (shared.Count == 0) return new StartCost(spends, null, over);
        // Nothing was held: the policy that asks for it has come into force since.
        var together = hold?.TrySpend(shared, now, askOnly: over is not null) ?? new LimitDecision { Allowed = false, Next = LimitLevels.Empty, LimitId = shared[0].LimitId, RetryAfter = HoldPause };
        if (!together.Allowed && (over is null || together.RetryAfter > over.RetryAfter)) over = together;
        return new StartCost(spends, over is null ? together.Next : null, over);
    }

    /// <summary>The records that go with a start beside its own.</summary>
    private void AddStartMarks(List<DomainEvent> events, string callId, CallFacts facts, LimitLevels? shared)
    {
        if (shared is { Count: > 0 }) events.Add(new SharedLimitsSpent { Call = callId, Levels = shared.ToStored() });
        if (_policy!.MarksOf(facts) is { Count: > 0 } marks) events.Add(new SequenceMarked { Call = callId, Session = facts.Session, Marks = marks });
    }

    /// <summary>The facts with what the session did before, as of now or of when it was submitted.</summary>
    private CallFacts Following(CallFacts facts, DateTimeOffset? asOf = null) => !_policy!.AsksForEarlier ? facts : facts with
    {
        Now = asOf ?? clock.Now,
        Earlier = _shell.Ahead.Sequences.GetValueOrDefault(facts.Session)?.At ?? facts.Earlier,
    };

    /// <summary>The tier of a session that a tripwire demoted, though the session has not recorded it yet.</summary>
    private AutonomyTier Tripped(string session, AutonomyTier tier) =>
        _shell.Ahead.Tripped.Count > 0 && _shell.Ahead.Tripped.GetValueOrDefault(session)?.Tier is { } demoted && demoted < tier ? demoted : tier;

    private IReadOnlyList<DomainEvent> Counting(CallFacts facts, string callId, DecisionEffect decision, DateTimeOffset now) => _policy!.Tripwires.Count == 0 ? [] : TripwireRules.OnDecision(
        _shell.Ahead, _policy, new(callId, facts.Session, facts.Agent, facts.Principal, Name, facts.Tool, facts.Tier), decision, now);

    private IReadOnlyList<DomainEvent> Counting(CallSubmitted call, OutcomeKind outcome, DateTimeOffset now)
    {
        if (_policy is not { Tripwires.Count: > 0 } policy || outcome == OutcomeKind.NotStarted) return [];
        return TripwireRules.OnOutcome(_shell.Ahead, policy, new(call.Call, call.Session, call.Agent, call.Starter, Name, call.Tool, call.Tier), outcome switch
        {
            OutcomeKind.Succeeded => CallOutcomeKind.Succeeded,
            OutcomeKind.Unknown => CallOutcomeKind.Unknown,
            _ => CallOutcomeKind.Failed,
        }, now);
    }

    /// <summary>After the records are durable: what tripped reaches the session, and what waits or is about to be sent, before anybody is answered.</summary>
    private async Task CarryOutAsync(IReadOnlyList<DomainEvent> counted)
    {
        foreach (var occurred in counted)
        {
            if (occurred is EnvironmentFrozen frozen)
            {
                runner.CancelUnsent(run => run.Environment == Name && frozen.Blocks.Contains(run.Effect));
                await RecordVoidingAsync([], call => frozen.Blocks.Contains(call.Submitted.Effect), frozen.Reason);
            }
            else if (occurred is TripwireTripped { Then: not TripwireAction.FreezeEnvironment } tripped && !await SettleTripAsync(tripped)) KeepSettlingAsync(tripped).Ignore();
        }
    }

    private async Task<bool> SettleTripAsync(TripwireTripped tripped)
    {
        try
        {
            var change = new SessionChange
            {
                Verb = tripped.Then == TripwireAction.QuarantineSession ? SessionVerb.Quarantine : SessionVerb.SetTier, Tier = tripped.Tier, Reason = tripped.Reason,
                By = $"tripwire:{tripped.Tripwire}",
            };
            var changing = grains.GetGrain<IAgentSessionGrain>(tripped.Session).ChangeAsync(change);
            if (!await WhileCurrentAsync(changing) || (await changing).Refusal is { Slug: "unavailable" }) return false;
            if (_shell.Ahead.Tripped.GetValueOrDefault(tripped.Session) is not null && !_shell.Lost
                && (await _shell.RecordAsync(clock.Now, new TripwireSettled { Session = tripped.Session })).Status != Journal.AppendStatus.Committed) Retire();
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    /// <summary>Until the session has it. Meanwhile it holds here, and after a restart the next activation goes on.</summary>
    private async Task KeepSettlingAsync(TripwireTripped tripped)
    {
        for (var pause = TimeSpan.FromMilliseconds(50); !_shell.Lost; pause = pause * 2 < LongestTripPause ? pause * 2 : LongestTripPause)
        {
            await Task.Delay(pause, clock.Time);
            if (await SettleTripAsync(tripped)) return;
        }
    }
}
