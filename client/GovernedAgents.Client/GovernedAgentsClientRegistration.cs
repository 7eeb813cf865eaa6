using GovernedAgents.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the client.</summary>
public static class GovernedAgentsClientRegistration
{
    /// <summary>The name of the client's <c>HttpClient</c>, for adding handlers. Add none that retries POST: the client repeats by itself, with its key.</summary>
    public const string HttpClientName = "GovernedAgents";

    /// <summary>Registers <see cref="GovernedAgentsClient"/> as a singleton. Time comes from a registered <see cref="TimeProvider"/>, else the system's.</summary>
    public static IServiceCollection AddGovernedAgentsClient(this IServiceCollection services, Action<GovernedAgentsClientOptions> configure)
    {
        services.AddOptions<GovernedAgentsClientOptions>().Configure(configure);
        services.AddHttpClient(HttpClientName, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // A redirect would carry a call to a place that nobody configured.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) });
        services.TryAddSingleton(provider => new GovernedAgentsClient(
            () => provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName),
            provider.GetRequiredService<IOptions<GovernedAgentsClientOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }
}
