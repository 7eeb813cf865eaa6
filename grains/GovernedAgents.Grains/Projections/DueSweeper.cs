using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Grains.Projections;

/// <summary>
/// Works the due list off: deadlines, wait timers, starts without an outcome, session ends. Each grain decides for itself what is really due. Who was never asked comes first: what
/// stays due, because its grain fails or does not answer, never stands before what is due after it.
/// </summary>
public sealed partial class DueSweeper(ReadModel readModel, JournalClock clock, IGrainFactory grains, ILogger<DueSweeper> logger) : BackgroundService
{
    private const int AtOnce = 256;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Target, Attempt> _attempts = [];

    private readonly record struct Target(string Type, string Id);

    private sealed class Attempt(DateTimeOffset next, TimeSpan rest)
    {
        public DateTimeOffset Next => next;
        public TimeSpan Rest => rest;
        public volatile bool Answered;
        public volatile bool Over;
    }

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
                LogSweepFailed(logger, "the due list", e);
            }
        }
    }

    /// <summary>Asks the grains of what is due, without waiting for them: at most 256 at a time.</summary>
    private async Task SweepAsync()
    {
        var now = clock.Now;
        var (due, all) = await TargetsAsync(now);
        if (all) Forget(due);
        var free = AtOnce - _attempts.Values.Count(attempt => !attempt.Over);
        foreach (var target in due.Where(target => !Rests(target, now)).OrderBy(target => _attempts.GetValueOrDefault(target)?.Next ?? DateTimeOffset.MinValue).Take(free).ToList())
        {
            var last = _attempts.GetValueOrDefault(target);
            // An environment that answers may have something new on the list each second.
            var rest = last is null || (target.Type == "environment" && last.Answered) ? Every : last.Rest * 2 < LongestRest ? last.Rest * 2 : LongestRest;
            _ = AskAsync(target, _attempts[target] = new Attempt(now + rest, rest));
        }
    }

    private bool Rests(Target target, DateTimeOffset now) => _attempts.TryGetValue(target, out var attempt) && (!attempt.Over || now < attempt.Next);

    /// <summary>Oldest first, as many as hold enough that were never asked; all: there are no more.</summary>
    private async Task<(HashSet<Target> Targets, bool All)> TargetsAsync(DateTimeOffset now)
    {
        for (var limit = 4 * AtOnce; ; limit *= 4)
        {
            var rows = await readModel.DueAsync(now, limit);
            var all = rows.Count < limit;
            var targets = rows.Select(row => row.Type == "call" ? new Target("environment", row.Environment!) : new Target(row.Type, row.Id)).ToHashSet();
            if (all || targets.Count(target => !_attempts.ContainsKey(target)) >= AtOnce) return (targets, all);
        }
    }

    /// <summary>What was asked and is no longer due is settled.</summary>
    private void Forget(HashSet<Target> due)
    {
        foreach (var settled in _attempts.Where(attempt => attempt.Value.Over && !due.Contains(attempt.Key)).Select(attempt => attempt.Key).ToList()) _attempts.Remove(settled);
    }

    private async Task AskAsync(Target target, Attempt attempt)
    {
        try
        {
            await (target.Type switch
            {
                "environment" => grains.GetGrain<IEnvironmentUpkeep>(target.Id).SweepAsync(),
                "approval" => grains.GetGrain<IApprovalGrain>(target.Id).SweepAsync(),
                _ => grains.GetGrain<IAgentSessionGrain>(target.Id).ChangeAsync(new SessionChange { Verb = SessionVerb.End, Reason = "Its time was over.", By = "system", AsOperator = true }),
            });
            attempt.Answered = true;
        }
        catch (Exception e)
        {
            LogSweepFailed(logger, $"{target.Type} {target.Id}", e);
        }
        finally
        {
            attempt.Over = true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Not settled though due: {What}. It stays on the list.")]
    private static partial void LogSweepFailed(ILogger logger, string what, Exception e);
}
