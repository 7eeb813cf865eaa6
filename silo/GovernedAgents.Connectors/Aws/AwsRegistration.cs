using GovernedAgents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GovernedAgents.Connectors.Aws;

public static class AwsRegistration
{
    /// <summary>Serves <c>connector: aws</c>. Takes the host's <see cref="TimeProvider"/> or the system's.</summary>
    public static IServiceCollection AddAwsConnector(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectorFactory, AwsConnectorFactory>());
        return services;
    }
}
