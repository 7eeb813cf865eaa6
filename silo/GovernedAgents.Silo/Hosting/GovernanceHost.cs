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
        // Orchestrators kill after 10 s at the earliest. Requests that wait are answered at once; this bounds what cannot be.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(8));
        var app = builder.Build();
        app.UseGovernanceEdge();
        app.MapGovernanceApi();
        app.MapOperatorDashboard(options);
        return app;
    }

    /// <summary>Whether the message alone says what to repair.</summary>
    public static bool IsForTheOperator(Exception fault) => fault is SettingsException or ConfigurationException or JournalOpenException;
}
