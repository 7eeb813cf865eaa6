using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Environments;

/// <summary>Point 7 of «How one call is decided»: what is counted, and what trips with it. Nothing is done for a policy without tripwires.</summary>
public static class TripwireRules
{
    /// <summary>Whose call is counted.</summary>
    public sealed record Subject(string Call, string Session, string Agent, string Principal, string Environment, string Tool, AutonomyTier Tier);

    public static IReadOnlyList<DomainEvent> OnDecision(EnvironmentState state, CompiledPolicy policy, Subject subject, DecisionEffect decision, DateTimeOffset at) =>
        policy.Tripwires.Count == 0 ? [] : Count(state, policy, subject, t => t.Decisions.Contains(decision), at);

    public static IReadOnlyList<DomainEvent> OnOutcome(EnvironmentState state, CompiledPolicy policy, Subject subject, CallOutcomeKind outcome, DateTimeOffset at) =>
        policy.Tripwires.Count == 0 ? [] : Count(state, policy, subject, t => t.Outcomes.Contains(outcome), at);

    private static List<DomainEvent> Count(EnvironmentState state, CompiledPolicy policy, Subject subject, Func<TripwireDefinition, bool> counts, DateTimeOffset at)
    {
        var counted = new List<TripwireCount>();
        var events = new List<DomainEvent>();
        foreach (var tripwire in policy.Tripwires)
        {
            if (!counts(tripwire)) continue;
            var count = new TripwireCount($"{tripwire.Id}:{DefinitionJson.Name(tripwire.Per)}:{ScopeOf(tripwire.Per, subject)}", tripwire.AtLeast, tripwire.Within);
            counted.Add(count);
            if (TripwireWindow.TripsWith(state.Windows.GetValueOrDefault(count.Key), count, at)) Trip(state, tripwire, count, subject, events);
        }

        if (counted.Count > 0) events.Insert(0, new TripwireCounted { Call = subject.Call, Counts = counted });
        return events;
    }

    private static void Trip(EnvironmentState state, TripwireDefinition tripwire, TripwireCount count, Subject subject, List<DomainEvent> events)
    {
        var what = string.Join(", ", tripwire.Decisions.Select(d => $"decision {DefinitionJson.Name(d)}").Concat(tripwire.Outcomes.Select(o => $"outcome {DefinitionJson.Name(o)}")));
        var reason = $"Tripwire '{tripwire.Id}': {tripwire.AtLeast} × {what} within {Durations.Write(tripwire.Within)} per {DefinitionJson.Name(tripwire.Per)}.";
        events.Add(new TripwireTripped
        {
            Tripwire = tripwire.Id, Key = count.Key, Call = subject.Call, Session = subject.Session, Then = tripwire.Then, Reason = reason,
            Tier = tripwire.Then == TripwireAction.DemoteSession ? (AutonomyTier)Math.Max((int)AutonomyTier.Observe, (int)subject.Tier - 1) : null,
        });
        if (tripwire.Then != TripwireAction.FreezeEnvironment || state.Freezes.ContainsKey(tripwire.Id)) return;
        events.Add(new EnvironmentFrozen
        {
            Id = tripwire.Id, Reason = reason, By = $"tripwire:{tripwire.Id}", Blocks = [EffectClass.Mutate, EffectClass.Privilege, EffectClass.Destroy],
        });
    }

    private static string ScopeOf(LimitScope scope, Subject subject) => scope switch
    {
        LimitScope.Session => subject.Session,
        LimitScope.Agent => subject.Agent,
        LimitScope.Principal => subject.Principal,
        LimitScope.Tool => subject.Tool,
        _ => subject.Environment,
    };
}
