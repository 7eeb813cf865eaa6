using GovernedAgents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GovernedAgents.Connectors;

public static class ConnectorRegistration
{
    /// <summary>
    /// Serves every kind of cloud of this library: a factory in a folder of its own is found, and nothing else has to name it. Factories take what the container has; needs logging, takes
    /// the host's <see cref="TimeProvider"/> or the system's.
    /// </summary>
    public static IServiceCollection AddConnectors(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        foreach (var factory in typeof(ConnectorRegistration).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IConnectorFactory))))
            services.TryAddEnumerable(ServiceDescriptor.Singleton(typeof(IConnectorFactory), factory));
        return services;
    }
}
