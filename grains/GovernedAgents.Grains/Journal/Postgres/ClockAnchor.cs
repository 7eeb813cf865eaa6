using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GovernedAgents.Grains.Journal.Postgres;

/// <summary>Corrects this silo's clock by the database's again and again, so that silos that run for weeks, or whose machine was suspended, still agree on the time.</summary>
public sealed partial class ClockAnchor(NpgsqlDataSource database, JournalClock clock, ILogger<ClockAnchor> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>A slower answer says too little about the present.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var asked = clock.Time.GetTimestamp();
                await using var command = database.CreateCommand("SELECT clock_timestamp()");
                var now = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(stoppingToken))!);
                if (clock.Time.GetElapsedTime(asked) <= Prompt) clock.Correct(now);
            }
            catch (Exception fault) when (PostgresFault.IsOfTheDatabase(fault))
            {
                LogNotCorrected(fault);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The clock could not be compared with the database's; it goes on by itself")]
    private partial void LogNotCorrected(Exception fault);
}
