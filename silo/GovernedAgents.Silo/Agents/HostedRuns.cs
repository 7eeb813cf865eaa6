using System.Collections.Concurrent;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Agents;

/// <summary>
/// Runs hosted sessions off the grains' turns, each at most once on this silo. What was running when a silo ended is found among the active sessions and taken up where its record stands.
/// </summary>
internal sealed partial class HostedRuns(HostedLoop loop, IReadModel readModel, IReadiness readiness, ActiveConfiguration configuration, IGrainFactory grains, TimeProvider time, ILogger<HostedRuns> logger)
    : BackgroundService, IHostedRuns
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _runs = new(StringComparer.Ordinal);
    private CancellationToken _stopping;

    public void Wake(string session)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        if (_runs.TryAdd(session, stop)) _ = Task.Run(() => RunAsync(session, stop));
        else stop.Dispose();
    }

    public void Interrupt(string session)
    {
        // Whoever ends at this moment has disposed of it.
        try { if (_runs.TryGetValue(session, out var stop)) stop.Cancel(); }
        catch (ObjectDisposedException) { }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (readiness.NotReadyBecause is null) await SweepAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(fault);
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        foreach (var agent in configuration.AgentNames.Where(name => configuration.Agent(name)?.Hosted is not null))
        {
            string? cursor = null;
            do
            {
                var page = await readModel.ListSessionsAsync(new SessionFilter { Agent = agent, State = SessionStatus.Active }, new PageRequest(200, cursor), cancellation);
                foreach (var session in page.Items)
                    if (!await grains.GetGrain<IHostedSession>(session.Id).WakeAsync()) await loop.EndAsync(session.Id, "What it worked for has ended.");
                cursor = page.Next;
            }
            while (cursor is not null);
        }
    }

    private async Task RunAsync(string session, CancellationTokenSource stop)
    {
        try
        {
            await loop.RunAsync(session, stop.Token);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Interrupted: its record says how far it came.
        }
        catch (Exception fault)
        {
            LogRunFailed(session, fault);
        }
        finally
        {
            _runs.TryRemove(session, out _);
            stop.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The run of hosted session {Session} broke off; it is taken up again.")]
    private partial void LogRunFailed(string session, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "Hosted sessions could not be looked for; it is tried again.")]
    private partial void LogSweepFailed(Exception fault);
}
