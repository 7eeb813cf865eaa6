using System.CommandLine;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov calls</c>; submitting has its own file.</summary>
internal static class CallsCommands
{
    public static Command Create(GovHost host) => Verb.Group("calls", "Tool calls of agents.", List(host), Show(host), Cancel(host), Resolve(host), CallSubmitCommand.Create(host));

    private static Command List(GovHost host)
    {
        var environment = new Option<string?>("--env");
        var session = new Option<string?>("--session");
        var state = new Option<string?>("--state") { Description = "pending_review, executing, succeeded, outcome_unknown, …" };
        state.AcceptOnlyFromAmong([.. Enum.GetValues<CallState>().Select(Shown.Word)]);
        var limit = Paging.Limit();
        return Verb.Create(host, "list", "Calls, newest first.", async (run, cancellation) =>
        {
            var filter = new CallFilter
            {
                Environment = run.Value(environment),
                Session = run.Value(session),
                State = run.Value(state) is { } word ? Enum.GetValues<CallState>().Single(one => Shown.Word(one) == word) : null,
            };
            run.Output.List(await Paging.ReadAsync(run.Value(limit), page => run.Client.Calls.ListAsync(filter, page, cancellation)),
                ("call", one => one.Id), ("state", one => Shown.Word(one.State)), ("environment", one => one.Environment), ("tool", one => one.Tool), ("effect", one => Shown.Word(one.Effect)),
                ("agent", one => one.Agent), ("resource", one => Shown.Cut(one.Resource)), ("created", one => Shown.Instant(one.CreatedAt)));
            return ExitCode.Ok;
        }, environment, session, state, limit);
    }

    private static Command Show(GovHost host)
    {
        var id = new Argument<string>("call");
        var wait = new Option<string?>("--wait") { Description = "Wait up to this long for its end (30s, 10m) and exit by its outcome." };
        return Verb.Create(host, "show", "One call.", async (run, cancellation) =>
        {
            var code = run.Value(wait) is { } life ? ExitCode.Of(await run.Client.Calls.Resume(run.Required(id)).WaitAsync(DurationText.Parse(life), cancellation)) : ExitCode.Ok;
            Shown.Call(run.Output, await run.Client.Calls.GetAsync(run.Required(id), cancellation));
            return code;
        }, id, wait);
    }

    private static Command Cancel(GovHost host)
    {
        var id = new Argument<string>("call");
        return Verb.Create(host, "cancel", "Withdraws a call that has not started.", async (run, cancellation) =>
        {
            Shown.Call(run.Output, await run.Client.Calls.CancelAsync(run.Required(id), cancellation));
            return ExitCode.Ok;
        }, id);
    }

    private static Command Resolve(GovHost host)
    {
        var id = new Argument<string>("call");
        var outcome = new Option<string>("--outcome") { Description = "succeeded or failed, as the world shows.", Required = true };
        outcome.AcceptOnlyFromAmong("succeeded", "failed");
        var note = new Option<string>("--note") { Description = "How you know.", Required = true };
        return Verb.Create(host, "resolve", "Settles an unknown outcome (operators).", async (run, cancellation) =>
        {
            Shown.Call(run.Output, await run.Client.Calls.ResolveAsync(run.Required(id), run.Required(outcome) == "succeeded", run.Required(note), cancellation));
            return ExitCode.Ok;
        }, id, outcome, note);
    }
}
