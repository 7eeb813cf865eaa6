using System.CommandLine;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov agents</c>.</summary>
internal static class AgentsCommands
{
    public static Command Create(GovHost host)
    {
        var limit = Paging.Limit();
        var killed = new Argument<string>("agent");
        var killReason = new Option<string>("--reason") { Required = true };
        var revived = new Argument<string>("agent");
        var reviveReason = new Option<string?>("--reason");
        return Verb.Group("agents", "Registered agents (operators).",
            Verb.Create(host, "list", "All agents.", async (run, cancellation) =>
            {
                run.Output.List(await Paging.ReadAsync(run.Value(limit), page => run.Client.Agents.ListAsync(page, cancellation)),
                    ("agent", one => one.Name), ("owner", one => one.Owner), ("ceiling", one => Shown.Word(one.TierCeiling)), ("environments", one => string.Join(", ", one.Environments)),
                    ("killed", one => one.Killed ? one.KilledReason ?? "yes" : ""));
                return ExitCode.Ok;
            }, limit),
            Verb.Create(host, "kill", "Denies an agent's calls and ends its sessions; returns when every live silo has acknowledged.", async (run, cancellation) =>
            {
                Show(run.Output, await run.Client.Agents.KillAsync(run.Required(killed), run.Required(killReason), cancellation));
                return ExitCode.Ok;
            }, killed, killReason),
            Verb.Create(host, "revive", "Lets a killed agent start sessions again.", async (run, cancellation) =>
            {
                Show(run.Output, await run.Client.Agents.ReviveAsync(run.Required(revived), run.Value(reviveReason), cancellation));
                return ExitCode.Ok;
            }, revived, reviveReason));
    }

    private static void Show(Output output, AgentInfo agent) =>
        output.One(agent, ("agent", agent.Name), ("owner", agent.Owner), ("ceiling", Shown.Word(agent.TierCeiling)), ("state", agent.Killed ? "killed" : "active"), ("reason", agent.KilledReason));
}
