using GovernedAgents.Grains.Journal;
using GovernedAgents.Grains.Journal.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;
using static GovernedAgents.Journal.Tests.Units;

namespace GovernedAgents.Journal.Tests;

/// <summary>The embedded back end: the conformance suite, and what only a file can do.</summary>
public sealed class SqliteJournalTests : JournalConformance, IDisposable
{
    private readonly TestFolder _folder = new();

    protected override IJournalStore NewStore() => new SqliteJournalStore(_folder.Path, TimeSpan.FromMilliseconds(100));

    [Fact]
    public async Task Append_WhileAnotherConnectionHoldsTheWriteLock_IsUnavailable_AndRecoversByItself()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1"));
        var before = stream.Ahead;
        using (var other = Connect())
        {
            Run(other, "BEGIN IMMEDIATE");
            Assert.Equal(AppendStatus.Unavailable, (await journal.AppendAsync(One(stream, "2"))).Status);
            Run(other, "ROLLBACK");
        }

        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(new JournalStream("environment/a", before, Noon), "3"))).Status);
    }

    [Fact]
    public async Task Append_AfterAForeignHandMovedAHead_IsAConflict()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1"));
        using (var other = Connect()) Run(other, "UPDATE heads SET hash = 'moved'");
        Assert.Equal(AppendStatus.Conflict, (await journal.AppendAsync(One(stream, "2"))).Status);
        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(Fresh("environment/b")))).Status);
    }

    [Fact]
    public async Task Claims_StayTakenAndListed_WhileTheyAreSortedInAndOverRestarts()
    {
        const int Claims = 1_300;
        await using (var journal = Open())
        {
            var stream = Fresh("environment/a");
            await Task.WhenAll(Enumerable.Range(0, Claims).Select(i => journal.AppendAsync(One(stream) with { Claim = Claim(i) }).AsTask()));
        }

        // Stopped in the middle of sorting: one slice is in both tables.
        await using (var store = new SqliteJournalStore(_folder.Path))
        {
            store.Open();
            Assert.True(store.Tidy());
        }

        Assert.Equal((512L, (long)Claims), Tables());
        await AssertTakenAsync();
        await using (var store = new SqliteJournalStore(_folder.Path))
        {
            store.Open();
            while (store.Tidy())
            {
            }
        }

        Assert.Equal((Claims, 0L), Tables());
        await AssertTakenAsync();

        (long, long) Tables()
        {
            using var connection = Connect();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM calls_new)";
            using var row = command.ExecuteReader();
            row.Read();
            return (row.GetInt64(0), row.GetInt64(1));
        }

        async Task AssertTakenAsync()
        {
            await using var journal = Open();
            Assert.Equal(Claims, (await journal.ListClaimsAsync("s")).Count);
            foreach (var i in (int[])[0, 511, 700, Claims - 1])
            {
                Assert.Equal(Claim(i) with { Pos = i + 1 }, await journal.FindClaimAsync($"call_{i}"));
                Assert.Equal(AppendStatus.DuplicateClaim, (await journal.AppendAsync(One(Fresh("environment/other")) with { Claim = Claim(i) })).Status);
            }
        }

        static CallClaim Claim(int i) => new($"call_{i}", "s", "a", "h");
    }

    [Fact]
    public async Task Append_WhenTheDatabaseIsFull_IsUnavailable_AndRecoversByItself()
    {
        var store = new SqliteJournalStore(_folder.Path);
        await using var journal = Open(store);
        await journal.AppendAsync(One(Fresh("environment/a")));
        store.LimitPages(40);
        var full = await journal.AppendAsync(One(Fresh("environment/b"), new string('x', 1 << 20)));
        Assert.Equal(AppendStatus.Unavailable, full.Status);
        Assert.Contains("full", full.Detail, StringComparison.Ordinal);
        store.LimitPages(1_000_000);
        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(Fresh("environment/b"), new string('x', 1 << 20)))).Status);
    }

    [Fact]
    public async Task Open_OfAFileFromANewerProgram_IsRefusedWithTheNextStep()
    {
        await using (Open())
        {
            using var other = Connect();
            Run(other, "INSERT INTO migrations VALUES (99, 'later')");
        }

        var refused = Assert.Throws<JournalOpenException>(() => Open());
        Assert.Contains("99", refused.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAFileThatIsNoJournal_IsRefused()
    {
        File.WriteAllText(_folder["journal.db"], new string('?', 8_192));
        Assert.Throws<JournalOpenException>(() => Open());
    }

    [Fact]
    public void Lock_OfAFolderThatIsTaken_IsRefusedAndNamesTheFolder()
    {
        using (DataFolderLock.Take(_folder.Path))
        {
            var refused = Assert.Throws<JournalOpenException>(() => DataFolderLock.Take(_folder.Path));
            Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
        }

        DataFolderLock.Take(_folder.Path).Dispose();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_folder["journal.db"]};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose() => _folder.Dispose();
}
