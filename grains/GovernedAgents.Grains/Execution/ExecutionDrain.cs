using Microsoft.Extensions.Hosting;

namespace GovernedAgents.Grains.Execution;

/// <summary>When the silo stops: lets what has started end while there still are grains to take its outcome. Registered last of the runtime, so it stops first.</summary>
internal sealed class ExecutionDrain(ExecutionRunner runner) : IHostedService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => runner.DrainAsync(Longest, cancellationToken);
}
