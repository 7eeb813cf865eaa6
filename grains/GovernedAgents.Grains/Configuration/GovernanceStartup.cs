using GovernedAgents.Contracts;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal;
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
    IOptions<ActivationOptions> options, ActiveConfiguration active, ControlLease lease, ControlState control, ConfigurationTakeover takeover, ISharedLimits sharedLimits, RestoreDetection restore, IJournal journal,
    IGrainFactory grains, ILogger<GovernanceStartup> logger)
    : IHostedService, IReadiness
{
    private volatile string? _notReady = "The configuration is not in force yet.";

    public string? NotReadyBecause => _notReady ?? (control.Current is null ? "This silo holds no run lease: the fleet, or the database behind it, does not answer." : journal.UnavailableBecause);

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
        var changed = new List<PolicyDefinition>();
        foreach (var policy in set.Policies.Values)
            if (!await ActivateAsync(policy, set.Sources.GetValueOrDefault($"Policy/{policy.Name}", ""))) changed.Add(policy);

        var documents = await takeover.TakeAsync(set.Policies.Keys, cancellationToken);
        ReportHeldBack(set, documents);
        foreach (var environment in documents.Where(document => document.Kind == "Environment").Select(document => EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson)))
        {
            var policy = await grains.GetGrain<IPolicyGrain>(environment.Policy).CanonicalAsync(null)
                ?? throw new ConfigurationException($"Environment '{environment.Name}' names policy '{environment.Policy}', of which no version is in force.");
            var compiled = active.Compile(policy);
            if (options.Value.SeveralSilos && compiled.SharesLimits) throw NotShared(compiled);
            await grains.GetGrain<IEnvironmentUpkeep>(environment.Name).ConfigureAsync(environment.ToCanonicalJson(), compiled.Version);
        }

        sharedLimits.AllKnown();
        foreach (var policy in changed) await ProposeAsync(policy, set.Sources.GetValueOrDefault($"Policy/{policy.Name}", ""));

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

    /// <returns>False when another version runs and review decides.</returns>
    private async Task<bool> ActivateAsync(PolicyDefinition policy, string source)
    {
        var grain = grains.GetGrain<IPolicyGrain>(policy.Name);
        var running = await grain.CanonicalAsync(null);
        var candidate = policy.ToCanonicalJson();
        if (running is not null && running != candidate && !options.Value.Immediate) return false;
        await grain.ActivateAsync(candidate, source, "file");
        return true;
    }

    /// <summary>A changed file is a proposal; one that was turned down is not put forward again at each start.</summary>
    private async Task ProposeAsync(PolicyDefinition policy, string source)
    {
        var grain = grains.GetGrain<IPolicyGrain>(policy.Name);
        if ((await grain.VersionsAsync()).FirstOrDefault(known => known.Version == policy.Version && known.State is "denied" or "expired") is { } ended)
        {
            LogTurnedDown(logger, policy.Name, ended.State, ended.Reason ?? "");
            return;
        }

        var answer = await grain.ProposeAsync(new ProposePolicy { CanonicalJson = policy.ToCanonicalJson(), Source = source, By = "file" });
        if (answer.Refusal is { } refusal) LogNotProposed(logger, policy.Name, refusal.Detail);
        else LogProposed(logger, policy.Name, answer.Value!.Version, answer.Value.Approval!);
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

    [LoggerMessage(4, LogLevel.Information, "Policy '{Name}': its file is proposed as version {Version}; the version in force stays until its reviewers approve {Approval}.")]
    private static partial void LogProposed(ILogger logger, string name, string version, string approval);

    [LoggerMessage(5, LogLevel.Warning, "Policy '{Name}': its file differs from the version in force, which stays in force. {Why}")]
    private static partial void LogNotProposed(ILogger logger, string name, string why);

    [LoggerMessage(6, LogLevel.Warning, "Policy '{Name}': its file is a version that was {State} before ({Reason}), so the version in force stays. 'gov policy propose' puts it up for review again.")]
    private static partial void LogTurnedDown(ILogger logger, string name, string state, string reason);

    [LoggerMessage(3, LogLevel.Warning, "{Doubt}")]
    private static partial void LogDoubt(ILogger logger, string doubt);

    [LoggerMessage(1, LogLevel.Warning, "{Kind} '{Name}': its file differs from the version in force, which stays in force. Governance:Config:Activation=immediate puts a changed file into force at start.")]
    private static partial void LogHeldBack(ILogger logger, string kind, string name);
}
