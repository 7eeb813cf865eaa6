using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Policies;

/// <summary>Replays recorded calls in the order of their records, so that <c>after</c> sees what started before. Reads only; O(records looked at).</summary>
public sealed class PolicySimulation(IJournal journal, ActiveConfiguration configuration, IGrainFactory grains) : IPolicySimulation
{
    /// <summary>Records of each environment that are looked at, the newest.</summary>
    private const int MostRecords = 20_000;

    private IEnumerable<EnvironmentDefinition> Environments => configuration.EnvironmentNames.Select(configuration.Environment).OfType<EnvironmentDefinition>();

    public async Task<SimulationSnapshot> RunAsync(string canonicalJson, CancellationToken cancellation)
    {
        var policy = CompiledPolicy.Compile(PolicyDefinition.FromCanonicalJson(canonicalJson));
        var run = new SimulationRun(journal, (_, facts, _) => new SimulationRun.Changed(facts));
        foreach (var environment in Environments.Where(e => e.Policy == policy.Definition.Name)) await ReplayAsync(run, environment.Name, environment, policy, cancellation);
        return run.Report(policy.Definition.Name, policy.Version);
    }

    public async Task<SimulationSnapshot> RunAsync(ConfigurationDocument document, CancellationToken cancellation)
    {
        var run = new SimulationRun(journal, ChangeBy(document));
        foreach (var running in Environments.Where(e => document.Kind != "Environment" || e.Name == document.Name))
        {
            var environment = document.Kind == "Environment" ? EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson) : running;
            if (await grains.GetGrain<IPolicyGrain>(environment.Policy).CanonicalAsync(null) is { } policy)
                await ReplayAsync(run, running.Name, environment, CompiledPolicy.Compile(PolicyDefinition.FromCanonicalJson(policy)), cancellation);
        }

        return run.Report($"{document.Kind}/{document.Name}", document.Hash);
    }

    private async Task ReplayAsync(SimulationRun run, string name, EnvironmentDefinition environment, CompiledPolicy policy, CancellationToken cancellation)
    {
        var stream = $"environment/{name}";
        var head = await journal.ReadHeadAsync(stream, cancellation);
        await foreach (var record in journal.ReadStreamAsync(stream, Math.Max(0, head.Seq - MostRecords), cancellation)) await run.TakeAsync(environment, policy, record, cancellation);
    }

    /// <summary>What a document changes about a recorded call, as far as records tell: a tier or an access that would only now be wider is not in them.</summary>
    private static SimulationRun.Change ChangeBy(ConfigurationDocument document)
    {
        switch (document.Kind)
        {
            case "Agent":
                var agent = AgentDefinition.FromCanonicalJson(document.CanonicalJson);
                return (environment, facts, _) => facts.Agent != agent.Name ? null
                    : new(facts with { Tier = Min(facts.Tier, agent.TierCeiling) }, NameGlobs.AnyMatches(agent.Environments, environment.Name) ? null : "agent-environments");
            case "Directory":
                var people = DirectoryDefinition.FromCanonicalJson(document.CanonicalJson);
                return (environment, facts, session) => people.Find(session.Issuer, session.Subject) is { Disabled: false } person
                    ? Accessing(environment, facts with { Groups = person.Groups }) : new(facts, "session-ended");
            default:
                return (environment, facts, _) => Accessing(environment, facts with { Tier = Min(facts.Tier, environment.TierCeiling), Effect = Pin(environment, facts) });
        }
    }

    private static SimulationRun.Changed Accessing(EnvironmentDefinition environment, CallFacts facts) =>
        new(facts, environment.Access.Any(entry => entry == $"person:{facts.Principal}" || facts.Groups.Any(group => entry == $"group:{group}")) ? null : "environment-access");

    private static EffectClass Pin(EnvironmentDefinition environment, CallFacts facts)
    {
        var dot = facts.Tool.IndexOf('.', StringComparison.Ordinal);
        var source = environment.Tools.FirstOrDefault(tool => tool.Name == facts.Tool[..Math.Max(dot, 0)]);
        return source is not null && source.Effects.TryGetValue(facts.Tool[(dot + 1)..], out var pinned) ? pinned : facts.Effect;
    }

    private static AutonomyTier Min(AutonomyTier left, AutonomyTier right) => left < right ? left : right;
}
