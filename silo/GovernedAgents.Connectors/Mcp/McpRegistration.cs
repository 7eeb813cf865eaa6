using GovernedAgents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GovernedAgents.Connectors.Mcp;

public static class McpRegistration
{
    /// <summary>Serves <c>connector: mcp</c>. Needs logging; takes the host's <see cref="TimeProvider"/> or the system's.</summary>
    public static IServiceCollection AddMcpConnector(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectorFactory, McpConnectorFactory>());
        return services;
    }
}
