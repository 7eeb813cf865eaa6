using GovernedAgents.Grains.Configuration;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Silo.Dashboard;

namespace GovernedAgents.Silo.Hosting;

/// <summary>The whole product in one process: API, silo, connectors.</summary>
public static class GovernanceHost
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var options = builder.AddGovernanceApi();
        builder.AddGovernanceSilo(options);
        builder.AddOperatorDashboard(options);
        // Requests that wait are answered at once; this bounds what cannot be. Alone, a silo ends before orchestrators kill (10 s at the earliest); in a cluster it hands over first.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + TimeSpan.FromSeconds(options.Database is null ? 8 : 60));
        var app = builder.Build();
        app.UseGovernanceEdge();
        app.MapGovernanceApi();
        app.MapOperatorDashboard(options);
        return app;
    }

    /// <summary>Whether the message alone says what to repair.</summary>
    public static bool IsForTheOperator(Exception fault) => fault is SettingsException or ConfigurationException or JournalOpenException;
}
