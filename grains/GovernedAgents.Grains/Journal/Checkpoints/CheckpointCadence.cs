using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <summary>
/// Makes a checkpoint every 10,000 records, every 60 seconds when something is new, and when the silo stops. A finding of
/// <see cref="RestoreDetection"/> holds it back: it would extend a chain that the journal does not fit.
/// </summary>
public sealed partial class CheckpointCadence(GroupCommitJournal journal, CheckpointWriter checkpoints, RestoreDetection detection, JournalClock clock, ILogger<CheckpointCadence> logger)
    : BackgroundService
{
    public const long EveryRecords = 10_000;
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock.Time);
        var last = clock.Time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var due = clock.Time.GetElapsedTime(last) >= Every;
                if (!due && !await ManyAsync(stoppingToken)) continue;
                last = clock.Time.GetTimestamp();
                await MakeAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await MakeAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // No time is left; the next start makes it.
        }
    }

    /// <summary>An end that cannot be read now is read again at the next look: a database that is away must not end the silo.</summary>
    private async Task<bool> ManyAsync(CancellationToken cancellation)
    {
        try
        {
            return await journal.ReadCommittedPosAsync(cancellation) - checkpoints.CoveredPos >= EveryRecords;
        }
        catch (JournalUnavailableException)
        {
            return false;
        }
    }

    private async Task MakeAsync(CancellationToken cancellation)
    {
        try
        {
            if (checkpoints.CoveredPos == 0 && (await detection.CheckAsync(cancellation)) is { Restored: true } finding)
            {
                LogHeld(finding.Detail);
                return;
            }

            await checkpoints.MakeAsync(cancellation);
            await journal.EraseExpiredContentsAsync();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogFailed(fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No checkpoint is made: {Detail}")]
    private partial void LogHeld(string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "A checkpoint could not be made; the next attempt follows")]
    private partial void LogFailed(Exception fault);
}
