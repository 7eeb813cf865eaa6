using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Grains.Journal.Snapshots;
using GovernedAgents.Grains.Journal.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;

namespace GovernedAgents.Grains.Journal;

/// <summary>The embedded default: everything in one data folder, nothing to install.</summary>
public static class EmbeddedStorageExtensions
{
    /// <summary>Name of the grain storage that holds snapshots.</summary>
    public const string SnapshotStorage = "snapshots";

    /// <summary>
    /// <see cref="IJournal"/>, <see cref="JournalClock"/>, <see cref="CheckpointWriter"/>, <see cref="RestoreDetection"/>, <see cref="AuditExport"/>,
    /// <see cref="SnapshotSeal"/>, <see cref="ISnapshotStore"/> and the checkpoint cadence. The folder is locked when the journal is first asked for.
    /// </summary>
    public static IServiceCollection AddEmbeddedJournal(this IServiceCollection services, string dataPath, string checkpointsPath, string keyPath, string? keysPath = null)
    {
        services.AddSingleton(_ => DataFolderLock.Take(dataPath));
        return services.AddJournal(provider =>
        {
            // First the lock: the container then also releases it after the journal is closed.
            provider.GetRequiredService<DataFolderLock>();
            return new SqliteJournalStore(dataPath);
        }, keysPath ?? Path.Combine(dataPath, "keys"), checkpointsPath, keyPath);
    }

    /// <summary>What both back ends have in common.</summary>
    internal static IServiceCollection AddJournal(
        this IServiceCollection services, Func<IServiceProvider, IJournalStore> store, string keysPath, string checkpointsPath, string keyPath)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<JournalClock>();
        services.AddSingleton(provider => GroupCommitJournal.Open(store(provider), provider.GetRequiredService<JournalClock>(), logger: provider.GetRequiredService<ILogger<GroupCommitJournal>>()));
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<GroupCommitJournal>());
        services.AddSingleton(provider => new CheckpointWriter(
            provider.GetRequiredService<IJournal>(), provider.GetRequiredService<JournalClock>(), checkpointsPath, keyPath));
        services.AddSingleton<RestoreDetection>();
        services.AddSingleton<AuditExport>();
        services.AddSingleton(_ => SnapshotSeal.Load(keysPath));
        services.AddSingleton<ISnapshotStore>(provider => new GrainStorageSnapshotStore(provider.GetRequiredKeyedService<IGrainStorage>(SnapshotStorage)));
        services.AddHostedService<CheckpointCadence>();
        return services;
    }

    /// <summary>Orleans' AdoNet grain storage on <c>orleans.db</c> in the data folder, as <c>snapshots</c> and as the default.</summary>
    public static ISiloBuilder UseEmbeddedGrainStorage(this ISiloBuilder silo, string dataPath)
    {
        Directory.CreateDirectory(dataPath);
        var connectionString = new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataPath, "orleans.db"), Pooling = true, DefaultTimeout = 10 }.ToString();
        GrainStorageSchema.Apply(connectionString);
        silo.AddAdoNetGrainStorage(SnapshotStorage, Configure);
        silo.AddAdoNetGrainStorageAsDefault(Configure);
        return silo;

        void Configure(AdoNetGrainStorageOptions options)
        {
            options.Invariant = "System.Data.SQLite";
            options.ConnectionString = connectionString;
            options.GrainStorageSerializer = new PlainJsonGrainStorageSerializer();
        }
    }
}
