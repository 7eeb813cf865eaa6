using System.Net;
using System.Net.Sockets;
using GovernedAgents.Connectors;
using GovernedAgents.Grains;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Silo.Agents;
using GovernedAgents.Silo.Cluster;
using GovernedAgents.Silo.Telemetry;
using Orleans.Configuration;

namespace GovernedAgents.Silo.Hosting;

/// <summary>The Orleans silo of this process: alone on the embedded default, or one of a cluster. No gateway for anybody.</summary>
internal static class GovernanceSilo
{
    /// <summary>Journal, grains and connectors of one silo, under what <see cref="GovernanceApi.AddGovernanceApi"/> read.</summary>
    public static WebApplicationBuilder AddGovernanceSilo(this WebApplicationBuilder builder, GovernanceOptions options)
    {
        if (options.Database is { } database) builder.AddClusterSilo(options, database);
        else builder.AddEmbeddedSilo(options);
        builder.Services.AddConnectors();
        builder.Services.AddGovernance(activation =>
        {
            (activation.Immediate, activation.StartLease) = (options.ActivateImmediately, options.StartLease);
            (activation.ConfigPath, activation.DataPath) = (options.ConfigPath, options.DataPath);
            activation.ToolServerUser = options.ToolServerUser;
        });
        builder.Services.AddHostedAgents();
        // The watchdog reports delays of a busy machine as faults; what matters is measured by the run lease.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error).AddFilter("Orleans", LogLevel.Warning).AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            .AddFilter("Polly", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        return builder;
    }

    /// <summary>One silo, one data folder.</summary>
    private static void AddEmbeddedSilo(this WebApplicationBuilder builder, GovernanceOptions options)
    {
        builder.Services.AddEmbeddedJournal(options.DataPath, options.CheckpointsPath, options.CheckpointKeyPath, options.KeysPath);
        builder.Host.UseOrleans(silo =>
        {
            if (TelemetrySetup.IsExported(builder.Configuration)) silo.AddActivityPropagation();
            silo.UseLocalhostClustering(siloPort: FreeLoopbackPort(), gatewayPort: 0);
            silo.UseEmbeddedGrainStorage(options.DataPath);
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("governedagents", "governedagents"));
        });
    }

    /// <summary>One of the silos of a cluster; they find each other in the database.</summary>
    private static void AddClusterSilo(this WebApplicationBuilder builder, GovernanceOptions options, string database)
    {
        builder.Services.AddClusterJournal(database, options.KeysPath, options.CheckpointsPath, options.CheckpointKeyPath);
        builder.Host.UseOrleans(silo =>
        {
            if (TelemetrySetup.IsExported(builder.Configuration)) silo.AddActivityPropagation();
            silo.ConfigureEndpoints(options.Cluster.Address, options.Cluster.Port, gatewayPort: 0);
            if (options.Cluster.Tls is { } tls) SiloTls.Use(silo, tls);
            silo.UseClusterStorage(database);
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.Cluster.Id, options.Cluster.Id));
        });
    }

    /// <summary>The embedded silo talks to nobody; its port only has to be free, so that several can run on one machine.</summary>
    private static int FreeLoopbackPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
