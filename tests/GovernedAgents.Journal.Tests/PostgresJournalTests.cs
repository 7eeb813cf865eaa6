using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Postgres;
using GovernedAgents.Tests.Kit;
using Npgsql;
using Xunit;
using static GovernedAgents.Journal.Tests.Units;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace GovernedAgents.Journal.Tests;

/// <summary>The cluster's back end: the conformance suite, as the role that silos have, and what only several writers can do.</summary>
public sealed class PostgresJournalTests(PostgresServer server) : JournalConformance, IAsyncLifetime
{
    private readonly List<NpgsqlDataSource> _sources = [];
    private string _database = "";

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await server.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
    }

    protected override IJournalStore NewStore() => new PostgresJournalStore(Connect("governedagents_silo"));

    [Fact]
    public async Task Append_ByThreeWritersOverTheSameStreams_LosesNothing_AndNeverDeadlocks()
    {
        await using var first = Open();
        await using var second = Open();
        await using var third = Open();
        IJournal[] writers = [first, second, third];
        var acknowledged = await Task.WhenAll(Enumerable.Range(0, 36).Select(worker => Task.Run(async () =>
        {
            var (journal, random, hashes) = (writers[worker % 3], new Random(worker), new List<string>());
            for (var i = 0; i < 15; i++)
            {
                // Two streams of eight in any order: without one order of locks, writers would wait for each other in a circle.
                var names = Enumerable.Range(0, 8).OrderBy(_ => random.Next()).Take(2).Select(n => $"environment/{n}").ToList();
                var heads = new List<JournalStream>();
                foreach (var name in names) heads.Add(new JournalStream(name, await journal.ReadHeadAsync(name, Patience), Noon));
                var unit = Unit([.. heads.Select(head => head.Stage("Noted", Payload($"{worker}-{i}"), Noon))]);
                var result = await journal.AppendAsync(unit);
                Assert.True(result.Status is AppendStatus.Committed or AppendStatus.Conflict, $"{result.Status}: {result.Detail}");
                if (result.Status == AppendStatus.Committed) hashes.AddRange(unit.Records.Select(record => record.Hash));
            }

            return hashes;
        })));

        var all = await first.ReadAllAsync(0, 10_000, null, Patience);
        Assert.Equal(acknowledged.SelectMany(hashes => hashes).Order(), all.Select(record => record.Hash).Order());
        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => (long)i), all.Select(record => record.Pos));
        Assert.True(all.Count > 100, $"Only {all.Count} records: they were in each other's way and nothing else.");
        Assert.Equal(0, await ScalarAsync<long>($"SELECT deadlocks FROM pg_stat_database WHERE datname = '{_database}'"));
    }

    /// <summary>What followers rely on: a position is seen only when all below it are, however commits are timed.</summary>
    [Fact]
    public async Task Read_WhileWritersCommitAtOnce_NeverSeesAPositionBeforeOneBelowIt()
    {
        await using var first = Open();
        await using var second = Open();
        var done = 0;
        var writing = Task.WhenAll(new[] { first, second }.SelectMany((journal, j) => Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            var stream = Fresh($"session/{j}-{w}");
            for (var i = 0; i < 40; i++) await journal.AppendAsync(One(stream, $"{i}"));
            Interlocked.Increment(ref done);
        }))));
        long seen = 0;
        while (Volatile.Read(ref done) < 16 || seen < 640)
        {
            foreach (var record in await first.ReadAllAsync(seen, 1_000, null, Patience)) Assert.Equal(++seen, record.Pos);
        }

        await writing;
    }

    [Fact]
    public async Task Append_OfAUnitWithAValueThatTheDatabaseCannotHold_FailsThatUnitAlone()
    {
        var store = new FaultyStore(NewStore());
        await using var journal = Open(store);
        using var gate = new ManualResetEventSlim();
        store.BeforeCommit = gate.Wait;
        var plug = journal.AppendAsync(One(Fresh("session/plug"))).AsTask();
        var bad = journal.AppendAsync(new AppendUnit { Records = [Fresh("session/bad").Stage("Noted", Payload("1"), Noon)], Claim = new CallClaim("call\0", "s", "e", "h") }).AsTask();
        var good = journal.AppendAsync(One(Fresh("session/good"))).AsTask();
        var erased = journal.EraseContentAsync("nothing", Patience);
        store.BeforeCommit = null;
        gate.Set();
        Assert.Equal(AppendStatus.Committed, (await plug).Status);
        Assert.Equal(AppendStatus.Unavailable, (await bad).Status);
        Assert.Equal(AppendStatus.Committed, (await good).Status);
        await erased;
    }

    [Fact]
    public async Task Commit_OfAWriterThatWasSettledMeanwhile_IsRefused()
    {
        var store = NewStore();
        await using var journal = Open(store);
        var batch = new JournalBatch();
        batch.Add(One(Fresh("environment/late")));
        await ExecuteAsync("UPDATE journal_writers SET epoch = epoch + 1");
        var fault = Assert.Throws<PostgresException>(() => store.Commit(batch));
        Assert.Equal("GA001", fault.SqlState);
        Assert.Equal(CommitOutcome.NotWritten, store.Settle(batch));
        Assert.Equal(CommitOutcome.Committed, store.Commit(batch));
    }

    [Theory]
    [InlineData("UPDATE journal_records SET kind = 'Changed'")]
    [InlineData("DELETE FROM journal_records")]
    [InlineData("DROP TABLE journal_heads")]
    [InlineData("CREATE TABLE mine ()")]
    [InlineData("TRUNCATE journal_calls")]
    public async Task Role_OfASilo_CannotChangeRecordsOrTheSchema(string statement)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(statement, "governedagents_silo"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task Open_OfADatabaseFromANewerProgram_IsRefusedWithTheNextStep()
    {
        await ExecuteAsync("INSERT INTO schema_migrations (number, name) VALUES (99, 'later')");
        var refused = Assert.Throws<JournalOpenException>(() => Open());
        Assert.Contains("99", refused.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfADatabaseThatWasNotMigrated_SaysHowToMigrateIt()
    {
        _database = "postgres";
        Assert.Contains("migrate up", Assert.Throws<JournalOpenException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_ByTwoAtOnce_AppliesEachMigrationOnce_AndAgainChangesNothing()
    {
        await using (var create = Connect("postgres").CreateCommand($"CREATE DATABASE {_database}_new")) await create.ExecuteNonQueryAsync(Patience);
        _database += "_new";
        var owner = Connect("postgres");
        var applied = await Task.WhenAll(PostgresMigrations.UpAsync(owner, "governedagents_silo", Patience), PostgresMigrations.UpAsync(owner, null, Patience));
        Assert.Equal([0, PostgresMigrations.Newest], applied.Order());
        Assert.Equal(0, await PostgresMigrations.UpAsync(owner, null, Patience));
        Assert.All(await PostgresMigrations.StatusAsync(owner, Patience), migration => Assert.NotNull(migration.Applied));
        var unknown = await Assert.ThrowsAsync<JournalOpenException>(() => PostgresMigrations.UpAsync(owner, "nobody-here", Patience));
        Assert.Contains("--silo-role", unknown.Message, StringComparison.Ordinal);
    }

    private NpgsqlDataSource Connect(string user)
    {
        var source = PostgresDatabase.Connect(server.ConnectionString(_database, user) + ";Maximum Pool Size=8");
        _sources.Add(source);
        return source;
    }

    private async Task ExecuteAsync(string sql, string user = "postgres")
    {
        await using var command = Connect(user).CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Patience);
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Connect("postgres").CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Patience))!;
    }
}
