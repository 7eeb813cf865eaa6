using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Policies;

/// <summary>Replays recorded calls in the order of their records, so that <c>after</c> sees what started before. Reads only; O(records looked at).</summary>
public sealed class PolicySimulation(IJournal journal, ActiveConfiguration configuration) : IPolicySimulation
{
    /// <summary>Records of each environment that are looked at, the newest.</summary>
    private const int MostRecords = 20_000;
    private const int MostChanges = 200;

    public async Task<SimulationSnapshot> RunAsync(string canonicalJson, CancellationToken cancellation)
    {
        var policy = CompiledPolicy.Compile(PolicyDefinition.FromCanonicalJson(canonicalJson));
        var run = new Run(policy, journal);
        foreach (var environment in configuration.EnvironmentNames.Select(configuration.Environment).OfType<EnvironmentDefinition>().Where(e => e.Policy == policy.Definition.Name))
        {
            var stream = $"environment/{environment.Name}";
            var head = await journal.ReadHeadAsync(stream, cancellation);
            await foreach (var record in journal.ReadStreamAsync(stream, Math.Max(0, head.Seq - MostRecords), cancellation)) await run.TakeAsync(environment, record, cancellation);
        }

        return run.Report();
    }

    private sealed class Run(CompiledPolicy policy, IJournal journal)
    {
        private readonly Dictionary<string, (CallSubmitted Call, CallFacts Facts)> _open = new(StringComparer.Ordinal);
        private readonly Dictionary<string, SessionStarted?> _sessions = new(StringComparer.Ordinal);
        private readonly Dictionary<(string Environment, string Session), Dictionary<string, DateTimeOffset>> _earlier = [];
        private readonly List<SimulatedChange> _changes = [];
        private int _judged, _skipped;

        public async Task TakeAsync(EnvironmentDefinition environment, JournalRecord record, CancellationToken cancellation)
        {
            switch (record.Event)
            {
                case CallSubmitted call:
                    if (await FactsAsync(environment, call, record.At, cancellation) is { } facts) _open[call.Call] = (call, facts);
                    else _skipped++;
                    break;
                case CallDecided decided when _open.TryGetValue(decided.Call, out var open):
                    Judge(open.Call, open.Facts, decided.Decision);
                    if (decided.Decision.Effect == DecisionEffect.Deny || open.Call.DryRun) _open.Remove(decided.Call);
                    break;
                case ExecutionStarted started when _open.Remove(started.Call, out var running):
                    foreach (var mark in policy.MarksOf(running.Facts)) EarlierOf(environment.Name, running.Call.Session)[mark.Key] = record.At;
                    break;
            }
        }

        public SimulationSnapshot Report() => new()
        {
            Policy = policy.Definition.Name, Version = policy.Version, Judged = _judged, Skipped = _skipped, Changed = _changes.Count,
            ByRule = [.. _changes.SelectMany(c => c.After.RuleIds).GroupBy(id => id, StringComparer.Ordinal).Select(g => new SimulatedRule(g.Key, g.Count())).OrderByDescending(r => r.Calls).ThenBy(r => r.RuleId, StringComparer.Ordinal)],
            Changes = [.. _changes.OrderByDescending(c => c.At).Take(MostChanges)],
        };

        private void Judge(CallSubmitted call, CallFacts facts, Decision recorded)
        {
            if (recorded.RuleIds.Any(Admission.IsCircumstance))
            {
                _skipped++;
                return;
            }

            _judged++;
            var now = PolicyTestRun.Decide(policy, facts, facts.Now).Decision;
            if (now.Effect == recorded.Effect) return;
            _changes.Add(new SimulatedChange
            {
                Call = call.Call, Environment = call.Environment, Tool = call.Tool, Action = call.Action, Effect = call.Effect, At = facts.Now,
                Before = new SimulatedDecision(recorded.Effect, recorded.RuleIds), After = new SimulatedDecision(now.Effect, now.RuleIds),
            });
        }

        private async Task<CallFacts?> FactsAsync(EnvironmentDefinition environment, CallSubmitted call, DateTimeOffset at, CancellationToken cancellation)
        {
            if (await journal.ReadContentAsync(call.Content.Id, cancellation) is not { } bytes || await SessionAsync(call.Session, cancellation) is not { } session) return null;
            return new CallFacts
            {
                Environment = environment.Name, Class = environment.Class, EnvironmentLabels = environment.Labels, Session = call.Session, Agent = call.Agent, Principal = call.Starter,
                Groups = session.Groups, Labels = session.Labels, Tier = call.Tier, Tool = call.Tool, Action = call.Action, Resource = call.Resource, Effect = call.Effect,
                Arguments = JsonSerializer.Deserialize<JsonElement>(CallContent.Parse(bytes).ArgumentsJson), Now = at, Earlier = new Dictionary<string, DateTimeOffset>(EarlierOf(environment.Name, call.Session)),
            };
        }

        private async Task<SessionStarted?> SessionAsync(string id, CancellationToken cancellation)
        {
            if (_sessions.TryGetValue(id, out var known)) return known;
            await foreach (var record in journal.ReadStreamAsync($"session/{id}", 0, cancellation)) return _sessions[id] = record.Event as SessionStarted;
            return _sessions[id] = null;
        }

        private Dictionary<string, DateTimeOffset> EarlierOf(string environment, string session) =>
            _earlier.TryGetValue((environment, session), out var known) ? known : _earlier[(environment, session)] = new(StringComparer.Ordinal);
    }
}
