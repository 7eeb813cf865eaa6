using GovernedAgents.Cli;

return await GovApplication.RunAsync(args, GovHost.Process());
