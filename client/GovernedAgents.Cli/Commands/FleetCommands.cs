using System.CommandLine;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov fleet</c>.</summary>
internal static class FleetCommands
{
    public static Command Create(GovHost host)
    {
        var haltReason = new Option<string>("--reason") { Required = true };
        var resumeReason = new Option<string>("--reason") { Required = true };
        return Verb.Group("fleet", "Everything at once (operators).",
            Verb.Create(host, "show", "Whether the fleet is halted.", async (run, cancellation) =>
            {
                Shown.Fleet(run.Output, await run.Client.Fleet.GetAsync(cancellation));
                return ExitCode.Ok;
            }),
            Verb.Create(host, "halt", "Stops every effect, reads included; returns when every live silo has acknowledged.", async (run, cancellation) =>
            {
                Shown.Fleet(run.Output, await run.Client.Fleet.HaltAsync(run.Required(haltReason), cancellation));
                return ExitCode.Ok;
            }, haltReason),
            Verb.Create(host, "resume", "Ends the halt.", async (run, cancellation) =>
            {
                Shown.Fleet(run.Output, await run.Client.Fleet.ResumeAsync(run.Required(resumeReason), cancellation));
                return ExitCode.Ok;
            }, resumeReason));
    }
}
