using GovernedAgents.Contracts;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Policy.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Configuration;

/// <summary>A whole, valid configuration on its way into force: at once, or as proposals to those whom the versions in force name.</summary>
public sealed partial class ConfigurationActivation(
    IOptions<ActivationOptions> options, ActiveConfiguration active, ConfigurationTakeover takeover, ToolRegistry tools, ISharedLimits sharedLimits, IGrainFactory grains, ILogger<ConfigurationActivation> logger)
{
    /// <exception cref="ConfigurationException">This silo could not run it; nothing of it is in force.</exception>
    public async Task PutForwardAsync(ConfigurationSet set, CancellationToken cancellation)
    {
        await CheckAsync(set);
        var changedPolicies = new List<PolicyDefinition>();
        foreach (var policy in set.Policies.Values)
            if (!await ActivateAsync(policy, SourceOf(set, "Policy", policy.Name))) changedPolicies.Add(policy);
        var changedDocuments = await grains.GetGrain<IConfigurationRegistry>(0).PutForwardAsync(
        [
            .. set.Agents.Values.Select(agent => new ConfigurationDocument("Agent", agent.Name, agent.ToCanonicalJson(), agent.Hash)),
            .. set.Directories.Values.Select(directory => new ConfigurationDocument("Directory", directory.Name, directory.ToCanonicalJson(), directory.Hash)),
            .. set.Environments.Values.Select(environment => new ConfigurationDocument("Environment", environment.Name, environment.ToCanonicalJson(), environment.Hash)),
        ]);

        var running = await takeover.TakeAsync(set.Policies.Keys.Union(active.PolicyNames), cancellation);
        foreach (var environment in running.Where(document => document.Kind == "Environment").Select(document => EnvironmentDefinition.FromCanonicalJson(document.CanonicalJson)))
            await grains.GetGrain<IEnvironmentUpkeep>(environment.Name).RefreshAsync();

        sharedLimits.AllKnown();
        foreach (var policy in changedPolicies) await ProposeAsync(policy, SourceOf(set, "Policy", policy.Name));
        foreach (var document in changedDocuments) await ProposeAsync(document, SourceOf(set, document.Kind, document.Name));
    }

    /// <summary>What reading the files cannot tell, before anything of them is in force.</summary>
    private async Task CheckAsync(ConfigurationSet set)
    {
        var faults = new List<string>();
        foreach (var environment in set.Environments.Values) faults.AddRange((await tools.FaultsAsync(environment)).Select(fault => $"  Environment '{environment.Name}': {fault}"));
        if (faults.Count > 0) throw new ConfigurationException($"This silo cannot serve the configuration:\n{string.Join('\n', faults)}");
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
        if (answer.Refusal is { } refusal) LogNotProposed(logger, "Policy", policy.Name, refusal.Detail);
        else LogProposed(logger, "Policy", policy.Name, answer.Value!.Version, answer.Value.Approval!);
    }

    private async Task ProposeAsync(ConfigurationDocument document, string source)
    {
        var answer = await grains.GetGrain<IConfigurationRegistry>(0).ProposeAsync(new ProposeDocument { Document = document, Source = source, By = "file" });
        if (answer.Refusal is { } refusal) LogNotProposed(logger, document.Kind, document.Name, refusal.Detail);
        else LogProposed(logger, document.Kind, document.Name, document.Hash, answer.Value!.Approval);
    }

    private static string SourceOf(ConfigurationSet set, string kind, string name) => set.Sources.GetValueOrDefault($"{kind}/{name}", "");

    [LoggerMessage(4, LogLevel.Information, "{Kind} '{Name}': its file is proposed as version {Version}; what is in force stays until the reviewers approve {Approval}.")]
    private static partial void LogProposed(ILogger logger, string kind, string name, string version, string approval);

    [LoggerMessage(5, LogLevel.Warning, "{Kind} '{Name}': its file differs from the version in force, which stays in force. {Why}")]
    private static partial void LogNotProposed(ILogger logger, string kind, string name, string why);

    [LoggerMessage(6, LogLevel.Warning, "Policy '{Name}': its file is a version that was {State} before ({Reason}), so the version in force stays. 'gov policy propose' puts it up for review again.")]
    private static partial void LogTurnedDown(ILogger logger, string name, string state, string reason);
}
