using GovernedAgents.Contracts;
using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Environments;
using GovernedAgents.Grains.Execution;
using GovernedAgents.Grains.Fleet;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Grains.Policies;
using GovernedAgents.Grains.Projections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GovernedAgents.Grains;

/// <summary>Registers what the grains stand on. The journal and the snapshot storage are registered beside it (<c>AddEmbeddedJournal</c>, <c>UseEmbeddedGrainStorage</c>).</summary>
public static class GovernanceHosting
{
    public static IServiceCollection AddGovernance(this IServiceCollection services, Action<ActivationOptions> configure)
    {
        services.Configure(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ActiveConfiguration>();
        services.AddSingleton<IPeople>(provider => provider.GetRequiredService<ActiveConfiguration>());
        services.AddSingleton<IConfigurationView>(provider => provider.GetRequiredService<ActiveConfiguration>());
        services.AddSingleton<SealedSnapshots>();
        services.AddSingleton<ControlState>();
        services.AddSingleton<ExecutionRunner>();
        services.TryAddSingleton<ISharedLimits, SingleSiloLimits>();
        services.AddSingleton<IPolicySimulation, PolicySimulation>();
        services.AddSingleton<ToolRegistry>();
        services.AddSingleton<IToolRegistry>(provider => provider.GetRequiredService<ToolRegistry>());
        services.TryAddSingleton<IProjectionStore>(provider => new ProjectionStore(provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<ActivationOptions>>().Value.DataPath));
        services.AddSingleton<ReadModel>();
        services.AddSingleton<IReadModel>(provider => provider.GetRequiredService<ReadModel>());
        services.AddHostedService(provider => provider.GetRequiredService<ReadModel>());
        services.AddSingleton<ConfigurationTakeover>();
        services.AddSingleton<ConfigurationActivation>();
        services.AddSingleton<ConfigurationWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ConfigurationWatch>());
        services.AddSingleton<ControlLease>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ControlLease>());
        services.AddHostedService(provider => provider.GetRequiredService<ControlLease>());
        services.AddSingleton<GovernanceStartup>();
        services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<GovernanceStartup>());
        services.AddHostedService(provider => provider.GetRequiredService<GovernanceStartup>());
        services.AddHostedService<DueSweeper>();
        services.AddHostedService<ExecutionDrain>();
        return services;
    }

    /// <summary>With several silos: limits that environments share are counted by their owners, which give each silo shares. Before <see cref="AddGovernance"/>.</summary>
    public static IServiceCollection AddLeasedLimits(this IServiceCollection services)
    {
        services.AddSingleton<LeasedLimits>();
        services.AddSingleton<ISharedLimits>(provider => provider.GetRequiredService<LeasedLimits>());
        return services.AddHostedService(provider => provider.GetRequiredService<LeasedLimits>());
    }
}
