using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Grains.Journal.Postgres;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Grains.Projections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;

namespace GovernedAgents.Grains.Journal;

/// <summary>The cluster: journal, read model, snapshots and membership in one PostgreSQL database that every silo uses.</summary>
public static class ClusterStorageExtensions
{
    private const string Invariant = "Npgsql";

    /// <summary>What <see cref="EmbeddedStorageExtensions.AddEmbeddedJournal"/> registers, on PostgreSQL, and the shared read model. The database is first asked when the journal is.</summary>
    /// <param name="keysPath">Holds <c>snapshots.key</c>; the same in every silo.</param>
    public static IServiceCollection AddClusterJournal(this IServiceCollection services, string connectionString, string keysPath, string checkpointsPath, string keyPath)
    {
        services.AddSingleton(_ => PostgresDatabase.Connect(connectionString));
        services.AddSingleton<IProjectionStore>(provider => new PostgresProjectionStore(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddHostedService<ClockAnchor>();
        services.AddLeasedLimits();
        // Between silos too, a journal that is unavailable is told as that, with its cause.
        services.Configure<ExceptionSerializationOptions>(exceptions =>
        {
            exceptions.SupportedNamespacePrefixes.Add("GovernedAgents");
            exceptions.SupportedNamespacePrefixes.Add("Npgsql");
        });
        return services.AddJournal(provider => new PostgresJournalStore(provider.GetRequiredService<NpgsqlDataSource>()), keysPath, checkpointsPath, keyPath);
    }

    /// <summary>Membership and grain storage. Tuned so that a silo that was killed is noticed in about two seconds, and one that is only slow is asked again first.</summary>
    public static ISiloBuilder UseClusterStorage(this ISiloBuilder silo, string connectionString)
    {
        // Orleans' providers take a connection string, so they have a small pool of their own.
        var own = new NpgsqlConnectionStringBuilder(PostgresDatabase.Complete(connectionString)) { ApplicationName = "governedagents-orleans", MaxPoolSize = 8 }.ToString();
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, own));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 2;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.NumVotesForDeathDeclaration = 1;
            membership.DefunctSiloExpiration = TimeSpan.FromDays(1);
            membership.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
        });
        silo.AddAdoNetGrainStorage(EmbeddedStorageExtensions.SnapshotStorage, Configure);
        silo.AddAdoNetGrainStorageAsDefault(Configure);
        return silo;

        void Configure(AdoNetGrainStorageOptions options)
        {
            (options.Invariant, options.ConnectionString) = (Invariant, own);
            options.GrainStorageSerializer = new PlainJsonGrainStorageSerializer();
        }
    }
}
