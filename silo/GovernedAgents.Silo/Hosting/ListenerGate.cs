using GovernedAgents.Silo.Dashboard;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Hosting;

/// <summary>The management listener serves health, metrics and the dashboard alone, and the API listener everything but.</summary>
public static class ListenerGate
{
    public static void UseListenerGate(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var management = http.Features.Get<Listener>()?.IsManagement ?? false;
        return (http.Request.Path.StartsWithSegments("/health") || http.Request.Path.StartsWithSegments("/metrics") || http.Request.IsDashboard()) == management
            ? next(http)
            : Problems.NotFound($"Nothing is served at '{http.Request.Path}' here.").ExecuteAsync(http);
    });
}
