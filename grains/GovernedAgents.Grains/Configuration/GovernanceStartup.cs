using GovernedAgents.Contracts;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Configuration;

/// <summary>Thrown when the configuration folder has problems at start: all of them, one a line. The silo does not start.</summary>
public sealed class ConfigurationException(string message) : Exception(message);

/// <summary>At start: reads the folder, puts what is new into force through the grains, brings the tools up. Until then the silo is not ready.</summary>
public sealed partial class GovernanceStartup(
    IOptions<ActivationOptions> options, ActiveConfiguration active, ControlLease lease, ToolRegistry tools, ISharedLimits sharedLimits, RestoreDetection restore, IGrainFactory grains, ILogger<GovernanceStartup> logger)
    : IHostedService, IReadiness
{
    private volatile string? _notReady = "The configuration is not in force yet.";

    public string? NotReadyBecause => _notReady;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var files = ReadFolder(options.Value.ConfigPath);
        var read = ConfigurationReader.Read(files);
        if (read.Problems.Count > 0 || read.Set is not { } set)
            throw new ConfigurationException($"The configuration in '{options.Value.ConfigPath}' has {read.Problems.Count} problem(s):\n{string.Join('\n', read.Problems.Select(problem => $"  {problem.File}:{problem.Line}:{problem.Column}: {problem.Message}"))}");

        foreach (var warning in read.Warnings) LogDoubt(logger, warning.ToString());

        await lease.Held.WaitAsync(cancellationToken);
        var fleet = grains.GetGrain<IFleetGrain>(0);
        if (await restore.CheckAsync(cancellationToken) is { Restored: true } finding)
        {
            LogRestored(logger, finding.Detail);
            await fleet.BeginIncarnationAsync(finding.Detail);
            await restore.BeginIncarnationAsync(cancellationToken);
        }

        await fleet.ConfigureAsync(
        [
            .. set.Agents.Values.Select(agent => new ConfigurationDocument("Agent", agent.Name, agent.ToCanonicalJson(), agent.Hash)),
            .. set.Directories.Values.Select(directory => new ConfigurationDocument("Directory", directory.Name, directory.ToCanonicalJson(), directory.Hash)),
            .. set.Environments.Values.Select(environment => new ConfigurationDocument("Environment", environment.Name, environment.ToCanonicalJson(), environment.Hash)),
        ]);
        foreach (var policy in set.Policies.Values) await ActivateAsync(policy, set.Sources.GetValueOrDefault($"Policy/{policy.Name}", ""));

        var documents = await fleet.DocumentsAsync();
        ReportHeldBack(set, documents);
        var environments = documents.Where(document => document.Kind == "Environment").Select(document => EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson)).ToList();
        active.Activate(documents, set.Policies.Keys.Union(environments.Select(environment => environment.Policy)));
        foreach (var environment in environments)
        {
            await tools.ActivateAsync(environment, cancellationToken);
            var policy = await grains.GetGrain<IPolicyGrain>(environment.Policy).CanonicalAsync(null)
                ?? throw new ConfigurationException($"Environment '{environment.Name}' names policy '{environment.Policy}', of which no version is in force.");
            var compiled = active.Compile(policy);
            if (options.Value.SeveralSilos && compiled.SharesLimits) throw NotShared(compiled);
            await grains.GetGrain<IEnvironmentUpkeep>(environment.Name).ConfigureAsync(environment.ToCanonicalJson(), compiled.Version);
        }

        sharedLimits.AllKnown();

        _notReady = null;
    }

    private static ConfigurationException NotShared(CompiledPolicy policy)
    {
        var limits = policy.Definition.Limits.Where(limit => limit.Per is not (LimitScope.Session or LimitScope.Environment)).Select(limit => $"'{limit.Id}' (per: {limit.Per.ToString().ToLowerInvariant()})");
        return new ConfigurationException(
            $"Policy '{policy.Definition.Name}' has limits that one silo alone can count exactly: {string.Join(", ", limits)}. With several silos, count per session or environment, or run one silo.");
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _notReady = "The silo is stopping.";
        return Task.CompletedTask;
    }

    private async Task ActivateAsync(PolicyDefinition policy, string source)
    {
        var grain = grains.GetGrain<IPolicyGrain>(policy.Name);
        var running = await grain.CanonicalAsync(null);
        var candidate = policy.ToCanonicalJson();
        if (running is null || running == candidate || options.Value.Immediate) await grain.ActivateAsync(candidate, source, "file");
        else LogHeldBack(logger, "Policy", policy.Name);
    }

    private void ReportHeldBack(ConfigurationSet set, IReadOnlyList<ConfigurationDocument> running)
    {
        foreach (var document in running)
        {
            var changed = document.Kind switch
            {
                "Agent" => set.Agents.GetValueOrDefault(document.Name)?.Hash,
                "Environment" => set.Environments.GetValueOrDefault(document.Name)?.Hash,
                _ => set.Directories.GetValueOrDefault(document.Name)?.Hash,
            };
            if (changed is not null && changed != document.Hash) LogHeldBack(logger, document.Kind, document.Name);
        }
    }

    private static List<ConfigurationFile> ReadFolder(string path)
    {
        if (!Directory.Exists(path)) throw new ConfigurationException($"The configuration folder '{path}' does not exist. Set Governance:ConfigPath, or start with '-- demo' for an example.");
        return [.. Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is ".yaml" or ".yml").Order(StringComparer.Ordinal)
            .Select(file => new ConfigurationFile(Path.GetFileName(file), File.ReadAllText(file)))];
    }

    [LoggerMessage(2, LogLevel.Critical, "{Detail} Every environment is frozen and every waiting approval is voided. Compare with the world, then unfreeze.")]
    private static partial void LogRestored(ILogger logger, string detail);

    [LoggerMessage(3, LogLevel.Warning, "{Doubt}")]
    private static partial void LogDoubt(ILogger logger, string doubt);

    [LoggerMessage(1, LogLevel.Warning, "{Kind} '{Name}': its file differs from the version in force, which stays in force. Governance:Config:Activation=immediate puts a changed file into force at start.")]
    private static partial void LogHeldBack(ILogger logger, string kind, string name);
}
