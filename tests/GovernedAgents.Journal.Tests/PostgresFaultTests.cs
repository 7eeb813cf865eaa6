using System.Diagnostics;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Postgres;
using GovernedAgents.Tests.Kit;
using Npgsql;
using Xunit;
using static GovernedAgents.Journal.Tests.Units;

namespace GovernedAgents.Journal.Tests;

/// <summary>The database fails in the ways that databases do. Whatever was acknowledged is there afterwards, and nothing else of what was refused.</summary>
public sealed class PostgresFaultTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new() { MaxConnections = 20 };
    private readonly List<NpgsqlDataSource> _sources = [];
    private string _database = "";

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _database = await _server.NewDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Append_WhileTheDatabaseIsCrashedAndRestarted_AcknowledgesExactlyWhatIsStored()
    {
        await using var journal = Open();
        using var stop = new CancellationTokenSource();
        var writers = Writers(journal, stop.Token);
        for (var crash = 0; crash < 2; crash++)
        {
            await AdvancesAsync(journal);
            await _server.CrashAsync();
            Assert.Equal(AppendStatus.Unavailable, (await journal.AppendAsync(One(Fresh($"session/down-{crash}")))).Status);
            await _server.StartAsync();
        }

        await AdvancesAsync(journal);
        await stop.CancelAsync();
        await JudgeAsync(journal, await Task.WhenAll(writers));
    }

    [Fact]
    public async Task Append_WhileTheDatabaseIsPaused_IsUnavailableWithinTheTimeOut_AndRecoversByItself()
    {
        await using var journal = Open();
        using var stop = new CancellationTokenSource();
        var writers = Writers(journal, stop.Token);
        await AdvancesAsync(journal);
        _server.Pause();
        var watch = Stopwatch.StartNew();
        // The batch that is on its way has to wait for its settlement; whatever comes behind it is refused.
        var behind = new List<Task<AppendResult>>();
        while (!behind.Any(task => task is { IsCompletedSuccessfully: true }))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "A paused database holds up what was never sent to it.");
            behind.Add(journal.AppendAsync(One(Fresh($"session/behind-{behind.Count}"))).AsTask());
            await Task.Delay(50, Patience);
        }

        Assert.All(await Task.WhenAll(behind.Where(task => task.IsCompleted)), result => Assert.Equal(AppendStatus.Unavailable, result.Status));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.ReadHeadAsync("session/1", Patience));
        _server.Resume();
        await AdvancesAsync(journal);
        await stop.CancelAsync();
        var late = (await Task.WhenAll(behind)).Count(result => result.Status == AppendStatus.Committed);
        await JudgeAsync(journal, await Task.WhenAll(writers), late);
    }

    [Fact]
    public async Task Append_WhenTheConnectionBreaksAfterTheCommit_IsAcknowledgedAfterItWasLookedUp()
    {
        await using var proxy = new TcpProxy(_server.Port);
        await using var journal = Open(proxy.Port);
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1"));

        // The request reaches the database; its answer is thrown away and the connection cut.
        proxy.CutAtNextAnswer();
        var lost = await journal.AppendAsync(One(stream, "2"));

        Assert.True(proxy.Cuts == 1, "No connection was cut.");
        Assert.Equal(AppendStatus.Committed, lost.Status);
        Assert.Equal(2, lost.LastPos);
        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(stream, "3"))).Status);
        Assert.Equal(3, (await AllAsync(journal, "environment/a")).Count);
    }

    [Fact]
    public async Task Append_WhenTheDatabaseHasNoConnectionLeft_GoesOnOnItsOwn_AndReadsFailClosed()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1"));
        await using var hungry = NpgsqlDataSource.Create(_server.ConnectionString(_database) + ";Maximum Pool Size=40;Timeout=2");
        var held = new List<NpgsqlConnection>();
        var full = await Assert.ThrowsAsync<PostgresException>(async () => { while (true) held.Add(await hungry.OpenConnectionAsync(Patience)); });
        Assert.Equal(PostgresErrorCodes.TooManyConnections, full.SqlState);

        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(stream, "2"))).Status);
        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.ReadHeadAsync("environment/a", Patience));
        Assert.Contains("connection", refused.Message, StringComparison.Ordinal);
        foreach (var connection in held) await connection.DisposeAsync();
        await hungry.DisposeAsync();
        while (true)
        {
            try
            {
                Assert.Equal(2, (await journal.ReadHeadAsync("environment/a", Patience)).Seq);
                break;
            }
            catch (JournalUnavailableException)
            {
                // The server is still ending what held its connections.
            }
        }
    }

    private GroupCommitJournal Open(int? port = null)
    {
        var source = PostgresDatabase.Connect($"Host=127.0.0.1;Port={port ?? _server.Port};Username=governedagents_silo;Database={_database};Maximum Pool Size=6;Timeout=2;Command Timeout=2");
        _sources.Add(source);
        return GroupCommitJournal.Open(new PostgresJournalStore(source), new JournalClock(TimeProvider.System), new JournalLimits { SettleBackOffMax = TimeSpan.FromMilliseconds(200) });
    }

    /// <summary>Each owns a stream and appends to it. Whoever is refused or cannot know begins again where the stream stands, as a new activation does.</summary>
    private static List<Task<List<string>>> Writers(GroupCommitJournal journal, CancellationToken stop) => [.. Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
    {
        var (stream, acknowledged) = (Fresh($"session/{writer}"), new List<string>());
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var unit = One(stream, $"{i}");
            if ((await journal.AppendAsync(unit)).Status == AppendStatus.Committed) acknowledged.Add(unit.Records[0].Hash);
            else stream = await AgainAsync(journal, stream.Name);
        }

        return acknowledged;
    }))];

    private static async Task<JournalStream> AgainAsync(GroupCommitJournal journal, string name)
    {
        while (true)
        {
            try
            {
                return new JournalStream(name, await journal.ReadHeadAsync(name), Noon);
            }
            catch (JournalUnavailableException)
            {
                await Task.Delay(20);
            }
        }
    }

    private static async Task AdvancesAsync(GroupCommitJournal journal)
    {
        var (from, watch) = (journal.CommittedPos, Stopwatch.StartNew());
        while (journal.CommittedPos < from + 200)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "The journal does not go on.");
            await Task.Delay(10, Patience);
        }
    }

    /// <param name="others">Acknowledged records of streams that no writer owns.</param>
    private static async Task JudgeAsync(GroupCommitJournal journal, List<string>[] acknowledged, int others = 0)
    {
        var stored = new List<JournalRecord>();
        while (await journal.ReadAllAsync(stored.Count, 10_000, null, Patience) is { Count: > 0 } page) stored.AddRange(page);
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(i => (long)i), stored.Select(record => record.Pos));
        var owned = stored.Where(record => !record.Stream.Contains('-', StringComparison.Ordinal)).ToList();
        Assert.Equal(acknowledged.SelectMany(hashes => hashes).Order(), owned.Select(record => record.Hash).Order());
        Assert.Equal(others, stored.Count - owned.Count);
    }
}
