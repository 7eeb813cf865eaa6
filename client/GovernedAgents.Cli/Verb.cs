using System.CommandLine;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;

namespace GovernedAgents.Cli;

/// <summary>A command and the one mapping from faults to exit codes.</summary>
internal static class Verb
{
    private const int Interrupted = 130;

    public static Command Create(GovHost host, string name, string description, Func<GovRun, CancellationToken, Task<int>> action, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            if (symbol is Option option) command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            using var run = new GovRun(host, parsed);
            try
            {
                return await action(run, cancellation);
            }
            catch (UsageException fault)
            {
                return Say(host, fault.Message, ExitCode.Usage);
            }
            catch (ArgumentException fault)
            {
                return Say(host, fault.Message, ExitCode.Usage);
            }
            catch (GovernedAgentsException fault)
            {
                var hint = fault.Status == System.Net.HttpStatusCode.Unauthorized ? " Give --token or GOV_TOKEN; \"gov token\" makes one for a local silo." : "";
                Say(host, fault.Message + hint, 0);
                foreach (var one in fault.Errors) host.Error.WriteLine("  " + SafeText.Visible(one.Pointer) + ": " + SafeText.Visible(one.Detail));
                return ExitCode.Of(fault);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return Say(host, fault.Message, ExitCode.Usage);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return Interrupted;
            }
        });
        return command;
    }

    public static Command Group(string name, string description, params Command[] verbs)
    {
        var group = new Command(name, description);
        foreach (var verb in verbs) group.Subcommands.Add(verb);
        return group;
    }

    private static int Say(GovHost host, string message, int code)
    {
        host.Error.WriteLine("gov: " + SafeText.Visible(message));
        return code;
    }
}
