using System.CommandLine;
using System.Globalization;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov env</c>.</summary>
internal static class EnvCommands
{
    public static Command Create(GovHost host) => Verb.Group("env", "Environments and their freezes.", List(host), Show(host), Freeze(host), Unfreeze(host));

    private static Command List(GovHost host)
    {
        var limit = Paging.Limit();
        return Verb.Create(host, "list", "All environments.", async (run, cancellation) =>
        {
            run.Output.List(await Paging.ReadAsync(run.Value(limit), page => run.Client.Environments.ListAsync(page, cancellation)),
                ("environment", one => one.Name), ("class", one => Shown.Word(one.Class)), ("policy", one => one.Policy), ("generation", one => one.Generation.ToString(CultureInfo.InvariantCulture)),
                ("frozen", one => string.Join(", ", one.Frozen.Select(freeze => freeze.Id))), ("in flight", one => one.InFlight.ToString(CultureInfo.InvariantCulture)),
                ("pending", one => one.Pending.ToString(CultureInfo.InvariantCulture)));
            return ExitCode.Ok;
        }, limit);
    }

    private static Command Show(GovHost host)
    {
        var name = new Argument<string>("environment");
        return Verb.Create(host, "show", "One environment: freezes, limits, load.", async (run, cancellation) =>
        {
            Shown.Environment(run.Output, await run.Client.Environments.GetAsync(run.Required(name), cancellation));
            return ExitCode.Ok;
        }, name);
    }

    private static Command Freeze(GovHost host)
    {
        var name = new Argument<string>("environment");
        var reason = new Option<string>("--reason") { Required = true };
        var blocks = new Option<EffectClass[]>("--block") { Description = "read, mutate, privilege or destroy; repeatable (default: all but read)." };
        return Verb.Create(host, "freeze", "Stops effects in an environment; durable when it returns (operators).", async (run, cancellation) =>
        {
            var classes = run.Value(blocks) is { Length: > 0 } given ? given : null;
            Shown.Environment(run.Output, await run.Client.Environments.FreezeAsync(run.Required(name), run.Required(reason), classes, cancellation));
            return ExitCode.Ok;
        }, name, reason, blocks);
    }

    private static Command Unfreeze(GovHost host)
    {
        var name = new Argument<string>("environment");
        var reason = new Option<string>("--reason") { Required = true };
        return Verb.Create(host, "unfreeze", "Lifts every operator freeze (operators).", async (run, cancellation) =>
        {
            Shown.Environment(run.Output, await run.Client.Environments.UnfreezeAsync(run.Required(name), run.Required(reason), cancellation));
            return ExitCode.Ok;
        }, name, reason);
    }
}
