namespace GovernedAgents.Silo.Hosting;

/// <summary>
/// The beginning of a stop: from the signal on the silo is not ready, and for a while it serves on, so that whoever distributes requests has sent the last one before the
/// listeners close. Then requests in flight end, grains are handed over, and what was started is brought to its outcome.
/// </summary>
public sealed class Drain(GovernanceOptions options, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>Null until the silo is told to stop.</summary>
    public string? NotReadyBecause => lifetime.ApplicationStopping.IsCancellationRequested ? "The silo is stopping." : null;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(options.DrainDelay, time, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
