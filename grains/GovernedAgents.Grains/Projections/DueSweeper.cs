using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Projections;

/// <summary>Works the due list off: deadlines, wait timers, starts without an outcome, session ends. Each grain decides for itself what is really due.</summary>
public sealed partial class DueSweeper(ReadModel readModel, JournalClock clock, IGrainFactory grains, ILogger<DueSweeper> logger) : BackgroundService
{
    private const int AtOnce = 256;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync();
            }
            catch (Exception e)
            {
                LogSweepFailed(logger, e);
            }
        }
    }

    public async Task SweepAsync()
    {
        var due = await readModel.DueAsync(clock.Now, AtOnce);
        var work = due.Where(item => item.Type == "call").Select(item => item.Environment!).Distinct(StringComparer.Ordinal)
            .Select(environment => grains.GetGrain<IEnvironmentUpkeep>(environment).SweepAsync())
            .Concat(due.Where(item => item.Type == "approval").Select(item => grains.GetGrain<IApprovalGrain>(item.Id).SweepAsync()))
            .Concat(due.Where(item => item.Type == "session").Select(item => grains.GetGrain<IAgentSessionGrain>(item.Id)
                .ChangeAsync(new SessionChange { Verb = SessionVerb.End, Reason = "Its time was over.", By = "system", AsOperator = true })));
        await Task.WhenAll(work);
    }

    [LoggerMessage(1, LogLevel.Warning, "Something due could not be settled; it stays on the list.")]
    private static partial void LogSweepFailed(ILogger logger, Exception e);
}
