using GovernedAgents.Silo.Demo;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Migrations;

if (args is ["demo", .. var rest]) return await DemoCommand.RunAsync(rest);
if (args is ["migrate", .. var verb]) return await MigrateCommand.RunAsync(verb);

try
{
    await using var app = GovernanceHost.Build(WebApplication.CreateBuilder(args));
    await app.RunAsync();
    return 0;
}
catch (Exception fault) when (GovernanceHost.IsForTheOperator(fault))
{
    // The operator reads what to repair; a stack trace would only hide it.
    await Console.Error.WriteLineAsync(fault.Message);
    return 1;
}
