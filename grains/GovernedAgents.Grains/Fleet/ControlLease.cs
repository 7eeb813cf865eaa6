using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Grains.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Fleet;

/// <summary>Renews this silo's run lease and puts each new control epoch into force: starts that have not been sent are cancelled before it is confirmed.</summary>
public sealed partial class ControlLease(
    IGrainFactory grains, ControlState control, ExecutionRunner runner, ConfigurationTakeover configuration, JournalClock clock, ILocalSiloDetails silo, ILogger<ControlLease> logger)
    : BackgroundService, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first lease is held.</summary>
    public Task Held => _first.Task;

    /// <summary>The lease goes on until this silo's grains have been handed over and what it had started has its outcome: until then it is asked by other silos.</summary>
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(ControlLease), ServiceLifecycleStage.ApplicationServices, _ => Task.CompletedTask, async cancellation =>
    {
        await runner.DrainAsync(cancellation);
        await base.StopAsync(cancellation);
    });

    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var asked = clock.Time.GetTimestamp();
                var fleet = await grains.GetGrain<IFleetGrain>(0).RenewLeaseAsync(silo.SiloAddress.ToString(), control.Epoch);
                var changed = fleet.Epoch != control.Epoch;
                control.PutIntoForce(fleet, asked);
                if (changed) runner.CancelUnsent(run => fleet.Halted || fleet.KilledAgents.ContainsKey(run.Agent));
                configuration.Follow(fleet.ConfigurationSeq);
                _first.TrySetResult();
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogRenewalFailed(logger, e);
                await Task.Delay(TimeSpan.FromMilliseconds(200), clock.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The run lease could not be renewed; without it nothing starts on this silo.")]
    private static partial void LogRenewalFailed(ILogger logger, Exception e);
}
