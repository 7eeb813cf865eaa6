using GovernedAgents.Silo.Demo;
using GovernedAgents.Silo.Hosting;

if (args is ["demo", .. var rest]) return await DemoCommand.RunAsync(rest);

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
