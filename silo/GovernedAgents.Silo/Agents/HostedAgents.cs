using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Agents;

/// <summary>Agents that the silo runs itself.</summary>
internal static class HostedAgents
{
    public static IServiceCollection AddHostedAgents(this IServiceCollection services) => services
        .AddSingleton<SemanticKernelModel>().AddSingleton<HostedDelegation>().AddSingleton<HostedCalls>().AddSingleton<HostedLoop>()
        .AddSingleton<HostedRuns>().AddSingleton<IHostedRuns>(provider => provider.GetRequiredService<HostedRuns>()).AddHostedService(provider => provider.GetRequiredService<HostedRuns>());
}
