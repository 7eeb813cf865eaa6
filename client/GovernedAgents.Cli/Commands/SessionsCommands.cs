using System.CommandLine;
using System.Globalization;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov sessions</c>.</summary>
internal static class SessionsCommands
{
    public static Command Create(GovHost host) => Verb.Group("sessions", "Runs of agents.",
        Start(host), List(host), Show(host),
        Change(host, "end", "Ends a session; what it holds in review is voided.", false, (run, id, reason, stop) => run.Client.Sessions.EndAsync(id, reason, stop)),
        Change(host, "quarantine", "Stops a session until an operator resumes it.", true, (run, id, reason, stop) => run.Client.Sessions.QuarantineAsync(id, reason!, stop)),
        Change(host, "pause", "Denies a session's calls until it is resumed.", false, (run, id, reason, stop) => run.Client.Sessions.PauseAsync(id, reason, stop)),
        Change(host, "resume", "Lets a paused (as operator: quarantined) session go on.", false, (run, id, reason, stop) => run.Client.Sessions.ResumeAsync(id, reason, stop)),
        Tier(host));

    private static Command Start(GovHost host)
    {
        var agent = new Option<string>("--agent") { Description = "A registered agent.", Required = true };
        var goal = new Option<string>("--goal") { Description = "What the run is for.", DefaultValueFactory = _ => "" };
        var tier = new Option<AutonomyTier>("--tier") { Description = "observe, propose, supervised or autonomous.", DefaultValueFactory = _ => AutonomyTier.Propose };
        var labels = new Option<string[]>("--label") { Description = "name=value; repeatable." };
        var expires = new Option<string?>("--expires-in") { Description = "90s, 10m, 8h, 7d (default 8h)." };
        var key = new Option<string?>("--key") { Description = "Idempotency key, to repeat safely." };
        return Verb.Create(host, "start", "Starts a session and prints its token, once.", async (run, cancellation) =>
        {
            using var session = await run.Client.StartSessionAsync(new StartSessionOptions
            {
                Agent = run.Required(agent),
                Goal = run.Required(goal),
                Tier = run.Value(tier),
                Labels = Labels(run.Value(labels) ?? []),
                ExpiresIn = run.Value(expires) is { } life ? DurationText.Parse(life) : null,
                IdempotencyKey = run.Value(key),
            }, cancellation);
            var started = session.Started!;
            var token = await session.ExportTokenAsync(cancellation);
            run.Output.One(new { started.Id, started.Agent, started.State, started.Tier, started.ExpiresAt, Token = token },
                ("session", started.Id), ("agent", started.Agent), ("tier", Shown.Word(started.Tier)), ("expires", Shown.Instant(started.ExpiresAt)), ("token", token));
            return ExitCode.Ok;
        }, agent, goal, tier, labels, expires, key);
    }

    private static Command List(GovHost host)
    {
        var limit = Paging.Limit();
        return Verb.Create(host, "list", "Your sessions; for operators and auditors all.", async (run, cancellation) =>
        {
            run.Output.List(await Paging.ReadAsync(run.Value(limit), page => run.Client.Sessions.ListAsync(page, cancellation)),
                ("session", one => one.Id), ("agent", one => one.Agent), ("starter", one => one.Starter), ("state", one => Shown.Word(one.State)), ("tier", one => Shown.Word(one.Tier)),
                ("calls", one => one.Calls.ToString(CultureInfo.InvariantCulture)), ("expires", one => Shown.Instant(one.ExpiresAt)), ("goal", one => Shown.Cut(one.Goal)));
            return ExitCode.Ok;
        }, limit);
    }

    private static Command Show(GovHost host)
    {
        var id = new Argument<string>("session");
        return Verb.Create(host, "show", "One session.", async (run, cancellation) =>
        {
            Shown.Session(run.Output, await run.Client.Sessions.GetAsync(run.Required(id), cancellation));
            return ExitCode.Ok;
        }, id);
    }

    private static Command Tier(GovHost host)
    {
        var id = new Argument<string>("session");
        var tier = new Argument<AutonomyTier>("tier") { Description = "observe, propose, supervised or autonomous." };
        var reason = new Option<string>("--reason") { Required = true };
        return Verb.Create(host, "tier", "Changes a session's tier from the next call on (raising: operators).", async (run, cancellation) =>
        {
            Shown.Session(run.Output, await run.Client.Sessions.SetTierAsync(run.Required(id), run.Required(tier), run.Required(reason), cancellation));
            return ExitCode.Ok;
        }, id, tier, reason);
    }

    private static Command Change(GovHost host, string name, string description, bool needsReason, Func<GovRun, string, string?, CancellationToken, Task<SessionInfo>> change)
    {
        var id = new Argument<string>("session");
        var reason = new Option<string?>("--reason") { Required = needsReason };
        return Verb.Create(host, name, description, async (run, cancellation) =>
        {
            Shown.Session(run.Output, await change(run, run.Required(id), run.Value(reason), cancellation));
            return ExitCode.Ok;
        }, id, reason);
    }

    private static Dictionary<string, string>? Labels(string[] pairs)
    {
        if (pairs.Length == 0) return null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || !labels.TryAdd(pair[..at], pair[(at + 1)..])) throw new UsageException($"--label \"{pair}\": write name=value, each name once.");
        }

        return labels;
    }
}
