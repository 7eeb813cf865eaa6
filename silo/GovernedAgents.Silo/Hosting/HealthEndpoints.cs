using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Hosting;

/// <summary>Liveness touches nothing; readiness asks the runtime, from memory.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().ExcludeFromDescription();
        health.MapGet("/live", () => Results.Text("live\n"));
        health.MapGet("/ready", (IServiceProvider services) =>
            (services.GetRequiredService<Drain>().NotReadyBecause ?? services.GetRequiredService<IReadiness>().NotReadyBecause) is { } because ? Problems.Unavailable(because) : Results.Text("ready\n"));
    }
}
