using System.CommandLine;
using System.CommandLine.Invocation;
using GovernedAgents.Cli.Commands;

namespace GovernedAgents.Cli;

/// <summary>The whole of <c>gov</c>, one line a group.</summary>
internal static class GovApplication
{
    public static RootCommand Build(GovHost host)
    {
        var root = new RootCommand("gov: sessions, calls, reviews, policies, freezes and the audit of GovernedAgents.");
        root.Options.Add(GlobalOptions.Server);
        root.Options.Add(GlobalOptions.Token);
        root.Options.Add(GlobalOptions.Output);
        root.Subcommands.Add(TokenCommand.Create(host));
        root.Subcommands.Add(SessionsCommands.Create(host));
        root.Subcommands.Add(CallsCommands.Create(host));
        root.Subcommands.Add(ApprovalsCommands.Create(host));
        root.Subcommands.Add(EnvCommands.Create(host));
        root.Subcommands.Add(FleetCommands.Create(host));
        root.Subcommands.Add(AgentsCommands.Create(host));
        root.Subcommands.Add(PolicyCommands.Create(host));
        root.Subcommands.Add(AuditCommands.Create(host));
        root.Subcommands.Add(DoctorCommand.Create(host));
        return root;
    }

    public static async Task<int> RunAsync(string[] args, GovHost host, CancellationToken cancellation = default)
    {
        var parsed = Build(host).Parse(args);
        var status = await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false }, cancellation);
        return parsed.Action is ParseErrorAction ? ExitCode.Usage : status;
    }
}
