using GovernedAgents.Contracts;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Checkpoints;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Configuration;

/// <summary>At start: reads the folder, puts what is new into force through the grains, brings the tools up. Until then the silo is not ready.</summary>
public sealed partial class GovernanceStartup(
    IOptions<ActivationOptions> options, ControlLease lease, ControlState control, ConfigurationActivation activation, ConfigurationWatch watch, RestoreDetection restore, IJournal journal,
    ToolRegistry tools, IGrainFactory grains, ILogger<GovernanceStartup> logger)
    : IHostedService, IReadiness
{
    private volatile string? _notReady = "The configuration is not in force yet.";

    public string? NotReadyBecause => _notReady ?? (control.Current is null ? "This silo holds no run lease: the fleet, or the database behind it, does not answer." : journal.UnavailableBecause);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = ConfigurationFolder.Read(options.Value.ConfigPath);
        var (set, warnings) = folder.Parse(tools.Kinds);
        foreach (var warning in warnings) LogDoubt(logger, warning.ToString());

        await lease.Held.WaitAsync(cancellationToken);
        if (await restore.CheckAsync(cancellationToken) is { Restored: true } finding)
        {
            LogRestored(logger, finding.Detail);
            await grains.GetGrain<IFleetGrain>(0).BeginIncarnationAsync(finding.Detail);
            await restore.BeginIncarnationAsync(cancellationToken);
        }

        await activation.PutForwardAsync(set, cancellationToken);
        watch.From(folder);
        _notReady = null;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _notReady = "The silo is stopping.";
        return Task.CompletedTask;
    }

    [LoggerMessage(2, LogLevel.Critical, "{Detail} Every environment is frozen and every waiting approval is voided. Compare with the world, then unfreeze.")]
    private static partial void LogRestored(ILogger logger, string detail);

    [LoggerMessage(3, LogLevel.Warning, "{Doubt}")]
    private static partial void LogDoubt(ILogger logger, string doubt);
}
