using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Policies;

/// <summary>One simulation: recorded calls judged again, and what would have been decided differently.</summary>
internal sealed class SimulationRun(IJournal journal, SimulationRun.Change change)
{
    private const int MostChanges = 200;

    private readonly Dictionary<string, (CallSubmitted Call, CallFacts Facts, string? DeniedBy)> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SessionStarted?> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Environment, string Session), Dictionary<string, DateTimeOffset>> _earlier = [];
    private readonly List<SimulatedChange> _changes = [];
    private int _judged, _skipped;

    /// <summary>The recorded facts as the candidate would have made them; null: it does not concern the call.</summary>
    public delegate Changed? Change(EnvironmentDefinition environment, CallFacts facts, SessionStarted session);

    /// <param name="Facts">What the policy judges.</param>
    /// <param name="DeniedBy">Rule id of a circumstance that denies before the policy is asked.</param>
    public sealed record Changed(CallFacts Facts, string? DeniedBy = null);

    public async Task TakeAsync(EnvironmentDefinition environment, CompiledPolicy policy, JournalRecord record, CancellationToken cancellation)
    {
        switch (record.Event)
        {
            case CallSubmitted call:
                if (await journal.ReadContentAsync(call.Content.Id, cancellation) is not { } bytes || await SessionAsync(call.Session, cancellation) is not { } session) _skipped++;
                else if (change(environment, FactsOf(environment, call, bytes, session, record.At), session) is { } changed) _open[call.Call] = (call, changed.Facts, changed.DeniedBy);
                break;
            case CallDecided decided when _open.TryGetValue(decided.Call, out var open):
                Judge(policy, open.Call, open.Facts, open.DeniedBy, decided.Decision);
                if (decided.Decision.Effect == DecisionEffect.Deny || open.Call.DryRun) _open.Remove(decided.Call);
                break;
            case ExecutionStarted started when _open.Remove(started.Call, out var running):
                foreach (var mark in policy.MarksOf(running.Facts)) EarlierOf(environment.Name, running.Call.Session)[mark.Key] = record.At;
                break;
        }
    }

    public SimulationSnapshot Report(string subject, string version) => new()
    {
        Policy = subject, Version = version, Judged = _judged, Skipped = _skipped, Changed = _changes.Count,
        ByRule = [.. _changes.SelectMany(c => c.After.RuleIds).GroupBy(id => id, StringComparer.Ordinal).Select(g => new SimulatedRule(g.Key, g.Count())).OrderByDescending(r => r.Calls).ThenBy(r => r.RuleId, StringComparer.Ordinal)],
        Changes = [.. _changes.OrderByDescending(c => c.At).Take(MostChanges)],
    };

    private void Judge(CompiledPolicy policy, CallSubmitted call, CallFacts facts, string? deniedBy, Decision recorded)
    {
        if (recorded.RuleIds.Any(Admission.IsCircumstance))
        {
            _skipped++;
            return;
        }

        _judged++;
        var now = deniedBy is null ? PolicyTestRun.Decide(policy, facts, facts.Now).Decision : new Decision { Effect = DecisionEffect.Deny, RuleIds = [deniedBy], Reasons = [], PolicyVersion = policy.Version };
        if (now.Effect == recorded.Effect) return;
        _changes.Add(new SimulatedChange
        {
            Call = call.Call, Environment = call.Environment, Tool = call.Tool, Action = call.Action, Effect = facts.Effect, At = facts.Now,
            Before = new SimulatedDecision(recorded.Effect, recorded.RuleIds), After = new SimulatedDecision(now.Effect, now.RuleIds),
        });
    }

    private CallFacts FactsOf(EnvironmentDefinition environment, CallSubmitted call, ReadOnlyMemory<byte> content, SessionStarted session, DateTimeOffset at) => new()
    {
        Environment = environment.Name, Class = environment.Class, EnvironmentLabels = environment.Labels, Session = call.Session, Agent = call.Agent, Principal = call.Starter,
        Groups = session.Groups, Labels = session.Labels, Tier = call.Tier, Tool = call.Tool, Action = call.Action, Resource = call.Resource, Effect = call.Effect,
        Arguments = JsonSerializer.Deserialize<JsonElement>(CallContent.Parse(content).ArgumentsJson), Now = at, Earlier = new Dictionary<string, DateTimeOffset>(EarlierOf(environment.Name, call.Session)),
    };

    private async Task<SessionStarted?> SessionAsync(string id, CancellationToken cancellation)
    {
        if (_sessions.TryGetValue(id, out var known)) return known;
        await foreach (var record in journal.ReadStreamAsync($"session/{id}", 0, cancellation)) return _sessions[id] = record.Event as SessionStarted;
        return _sessions[id] = null;
    }

    private Dictionary<string, DateTimeOffset> EarlierOf(string environment, string session) =>
        _earlier.TryGetValue((environment, session), out var known) ? known : _earlier[(environment, session)] = new(StringComparer.Ordinal);
}
