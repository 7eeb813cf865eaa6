using GovernedAgents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GovernedAgents.Connectors.Terraform;

public static class TerraformRegistration
{
    /// <summary>Serves <c>connector: terraform</c>. Takes the host's <see cref="TimeProvider"/> or the system's.</summary>
    public static IServiceCollection AddTerraformConnector(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectorFactory, TerraformConnectorFactory>());
        return services;
    }
}
