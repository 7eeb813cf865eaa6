using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy.Audit;
using Xunit;
using static GovernedAgents.Journal.Tests.Units;

namespace GovernedAgents.Journal.Tests;

/// <summary>What every back end of the journal must do. A back end derives, and gives its stores.</summary>
public abstract class JournalConformance
{
    /// <summary>Another store object on the same stored journal each time.</summary>
    protected abstract IJournalStore NewStore();

    private protected GroupCommitJournal Open(IJournalStore? store = null, JournalLimits? limits = null) =>
        GroupCommitJournal.Open(store ?? NewStore(), new JournalClock(TimeProvider.System), limits);

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_OfConsecutiveUnits_ChainsTheStreamByItsHashes()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        for (var i = 0; i < 3; i++) Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(stream, $"{i}"))).Status);

        var records = await AllAsync(journal, "environment/a");
        Assert.Equal([1, 2, 3], records.Select(record => record.Seq));
        Assert.Equal([1, 2, 3], records.Select(record => record.Pos));
        var prev = RecordHash.Zero;
        foreach (var record in records)
        {
            Assert.Equal(prev, record.PrevHash);
            prev = RecordHash.Compute(record.Stream, record.Seq, record.At, record.Kind, record.Payload.Span, record.PrevHash);
            Assert.Equal(prev, record.Hash);
        }

        Assert.Equal(new StreamHead(3, prev), await journal.ReadHeadAsync("environment/a", Patience));
        Assert.Equal(3, journal.CommittedPos);
    }

    [Fact]
    public async Task Append_OnAHeadThatMoved_IsAConflictAndWritesNothing()
    {
        await using var journal = Open();
        var (owner, rival) = (Fresh("environment/a"), Fresh("environment/a"));
        await journal.AppendAsync(One(owner, "owner"));

        var result = await journal.AppendAsync(new AppendUnit
        {
            Records = [rival.Stage("Noted", Payload("rival"), Noon), Fresh("session/b").Stage("Noted", Payload("rival"), Noon)],
            Contents = [new ContentWrite("c", new byte[16], new byte[] { 1 }, null)],
            Claim = new CallClaim("call_1", "b", "a", "h"),
        });

        Assert.Equal(AppendStatus.Conflict, result.Status);
        Assert.Equal(1, journal.CommittedPos);
        Assert.Equal(StreamHead.Empty, await journal.ReadHeadAsync("session/b", Patience));
        Assert.Null(await journal.ReadContentAsync("c", Patience));
        Assert.Null(await journal.FindClaimAsync("call_1", Patience));
    }

    [Fact]
    public async Task Append_OfUnitsOfOneStreamInOneBatch_SeesTheEarlierOnesHead()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => journal.AppendAsync(One(stream, $"{i}")).AsTask()));

        Assert.All(results, result => Assert.Equal(AppendStatus.Committed, result.Status));
        Assert.Equal(500, (await AllAsync(journal, "environment/a")).Count);
    }

    [Fact]
    public async Task Append_BehindAFailedUnitOfItsStream_IsAConflict()
    {
        await using var journal = Open();
        await journal.AppendAsync(new AppendUnit { Records = [Fresh("session/s").Stage("Noted", Payload("1"), Noon)], Claim = new CallClaim("taken", "s", "e", "h") });
        var stream = Fresh("environment/a");
        var failing = journal.AppendAsync(new AppendUnit { Records = [stream.Stage("Noted", Payload("1"), Noon)], Claim = new CallClaim("taken", "s", "e", "h") }).AsTask();
        var behind = journal.AppendAsync(One(stream, "2")).AsTask();

        Assert.Equal(AppendStatus.DuplicateClaim, (await failing).Status);
        Assert.Equal(AppendStatus.Conflict, (await behind).Status);
        Assert.Empty(await AllAsync(journal, "environment/a"));
    }

    [Fact]
    public async Task Append_OfAUnitWhoseRowTheDatabaseRefuses_FailsThatUnitAlone()
    {
        var store = new FaultyStore(NewStore());
        await using var journal = Open(store);
        var content = new ContentWrite("same-id", new byte[16], new byte[] { 1 }, null);
        await journal.AppendAsync(new AppendUnit { Records = [Fresh("session/first").Stage("Noted", Payload("1"), Noon)], Contents = [content] });

        // Held back, so that what follows shares one batch.
        using var gate = new ManualResetEventSlim();
        store.BeforeCommit = gate.Wait;
        var first = journal.AppendAsync(One(Fresh("session/plug"))).AsTask();
        var streams = Enumerable.Range(0, 20).Select(i => Fresh($"session/{i}")).ToList();
        var units = streams.Select((stream, i) => i == 7
            ? journal.AppendAsync(new AppendUnit { Records = [stream.Stage("Noted", Payload("bad"), Noon)], Contents = [content] }).AsTask()
            : journal.AppendAsync(One(stream)).AsTask()).ToList();
        store.BeforeCommit = null;
        gate.Set();

        var results = await Task.WhenAll(units);
        Assert.Equal(AppendStatus.Committed, (await first).Status);
        Assert.Equal(AppendStatus.Unavailable, results[7].Status);
        Assert.All(results.Where((_, i) => i != 7), result => Assert.Equal(AppendStatus.Committed, result.Status));
        Assert.Empty(await AllAsync(journal, "session/7"));
        Assert.Equal(Enumerable.Range(1, 21).Select(i => (long)i), (await journal.ReadAllAsync(0, 100, null, Patience)).Select(record => record.Pos));
    }

    [Fact]
    public async Task Append_WithATakenCallId_IsADuplicateClaimAndTheFirstStands()
    {
        await using var journal = Open();
        var first = new CallClaim("call_1", "s", "a", "h1");
        await journal.AppendAsync(new AppendUnit { Records = [Fresh("environment/a").Stage("Noted", Payload("1"), Noon)], Claim = first });
        var result = await journal.AppendAsync(new AppendUnit { Records = [Fresh("environment/b").Stage("Noted", Payload("1"), Noon)], Claim = first with { RequestHash = "h2" } });

        Assert.Equal(AppendStatus.DuplicateClaim, result.Status);
        Assert.Equal(first with { Pos = 1 }, await journal.FindClaimAsync("call_1", Patience));
        Assert.Equal([first with { Pos = 1 }], await journal.ListClaimsAsync("s", Patience));
        Assert.Empty(await AllAsync(journal, "environment/b"));
    }

    [Fact]
    public async Task EraseContent_LeavesTheChainValid_AndTheContentGone()
    {
        await using var journal = Open();
        var salt = ContentCommitment.NewSalt();
        await journal.AppendAsync(new AppendUnit
        {
            Records = [Fresh("session/s").Stage("Noted", Payload(ContentCommitment.Compute(salt, "secret"u8)), Noon)],
            Contents = [new ContentWrite("c1", salt, "secret"u8.ToArray(), null), new ContentWrite("c2", salt, "late"u8.ToArray(), Noon.AddYears(-1))],
        });

        Assert.Equal("secret"u8.ToArray(), (await journal.ReadContentAsync("c1", Patience))!.Value.ToArray());
        Assert.Null(await journal.ReadContentAsync("c2", Patience));
        await journal.EraseContentAsync("c1", Patience);
        Assert.Null(await journal.ReadContentAsync("c1", Patience));
        Assert.Single(await AllAsync(journal, "session/s"));
    }

    [Fact]
    public async Task Append_OfARecordBeforeTheLastOnesInstant_IsRefused()
    {
        await using var journal = Open();
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1", Noon));
        Assert.Equal(Noon, stream.Stage("Noted", Payload("2"), Noon.AddHours(-1)).At);

        var (head, at, payload) = (await journal.ReadHeadAsync("environment/a", Patience), Noon.AddTicks(-10), Payload("back"));
        var result = await journal.AppendAsync(Unit(new JournalRecord
        {
            Stream = "environment/a", Seq = 2, At = at, Kind = "Noted", Payload = payload, PrevHash = head.Hash,
            Hash = RecordHash.Compute("environment/a", 2, at, "Noted", payload, head.Hash),
        }));
        Assert.Equal(AppendStatus.Conflict, result.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Append_WhenTheReplyToTheCommitIsLost_AnswersWhatIsStored(bool stored)
    {
        var store = new FaultyStore(NewStore());
        await using var journal = Open(store);
        var stream = Fresh("environment/a");
        await journal.AppendAsync(One(stream, "1"));
        if (stored) store.AfterCommit = () => { store.AfterCommit = null; throw new IOException("the reply is lost"); };
        else store.BeforeCommit = () => { store.BeforeCommit = null; throw new IOException("the request is lost"); };

        var result = await journal.AppendAsync(One(stream, "2"));

        Assert.Equal(stored ? AppendStatus.Committed : AppendStatus.Unavailable, result.Status);
        Assert.Equal(stored ? 2 : 1, (await AllAsync(journal, "environment/a")).Count);
        Assert.Equal(1, store.Settlements);
        Assert.Equal(stored ? 2 : 1, journal.CommittedPos);
        var next = new JournalStream("environment/a", await journal.ReadHeadAsync("environment/a", Patience), Noon);
        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(next, "3"))).Status);
    }

    [Fact]
    public async Task Append_WhileACommitIsUnsettled_IsUnavailableAndTheWaitingCallerIsNotAnswered()
    {
        var store = new FaultyStore(NewStore());
        await using var journal = Open(store, new JournalLimits { SettleBackOff = TimeSpan.FromMilliseconds(1), SettleBackOffMax = TimeSpan.FromMilliseconds(2) });
        var attempts = new SemaphoreSlim(0);
        var broken = true;
        store.AfterCommit = () => { store.AfterCommit = null; throw new IOException("the reply is lost"); };
        store.BeforeSettle = () => { attempts.Release(); if (Volatile.Read(ref broken)) throw new IOException("no connection"); };
        var waiting = journal.AppendAsync(One(Fresh("environment/a"))).AsTask();
        await attempts.WaitAsync(Patience);
        await attempts.WaitAsync(Patience);

        // Bounded: a writer that queues it instead would never answer.
        var refused = await journal.AppendAsync(One(Fresh("environment/b"))).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Patience);
        Assert.Equal(AppendStatus.Unavailable, refused.Status);
        Assert.False(waiting.IsCompleted);
        Volatile.Write(ref broken, false);
        Assert.Equal(AppendStatus.Committed, (await waiting).Status);
        Assert.Equal(AppendStatus.Committed, (await journal.AppendAsync(One(Fresh("environment/b")))).Status);
    }

    [Fact]
    public async Task Append_BeyondTheQueue_IsUnavailable()
    {
        var store = new FaultyStore(NewStore());
        await using var journal = Open(store, new JournalLimits { QueueUnits = 4 });
        using var gate = new ManualResetEventSlim();
        using var entered = new SemaphoreSlim(0);
        store.BeforeCommit = () => { entered.Release(); gate.Wait(); };
        var first = journal.AppendAsync(One(Fresh("session/plug"))).AsTask();
        await entered.WaitAsync(Patience);
        var queued = Enumerable.Range(0, 4).Select(i => journal.AppendAsync(One(Fresh($"session/{i}"))).AsTask()).ToList();
        Assert.Equal(AppendStatus.Unavailable, (await journal.AppendAsync(One(Fresh("session/5")))).Status);
        gate.Set();
        Assert.All(await Task.WhenAll([first, .. queued]), result => Assert.Equal(AppendStatus.Committed, result.Status));
    }

    [Fact]
    public async Task Append_BySixtyFourWritersAtOnce_GivesContiguousPositionsAndLosesNothing()
    {
        await using var journal = Open();
        var acknowledged = await Task.WhenAll(Enumerable.Range(0, 64).Select(writer => Task.Run(async () =>
        {
            var (stream, hashes) = (Fresh($"session/{writer}"), new List<string>());
            for (var i = 0; i < 50; i++)
            {
                var unit = One(stream, $"{i}");
                if ((await journal.AppendAsync(unit)).Status == AppendStatus.Committed) hashes.Add(unit.Records[0].Hash);
            }

            return hashes;
        })));

        var all = await journal.ReadAllAsync(0, 10_000, null, Patience);
        Assert.Equal(Enumerable.Range(1, 3_200).Select(i => (long)i), all.Select(record => record.Pos));
        Assert.Equal(acknowledged.SelectMany(hashes => hashes).Order(), all.Select(record => record.Hash).Order());
        Assert.Equal(64, (await journal.ListStreamsAsync(Patience)).Count);
    }

    [Fact]
    public async Task Dispose_CommitsWhatIsQueued_AndReopeningKeepsEverything()
    {
        var stream = Fresh("environment/a");
        var journal = Open();
        var queued = Enumerable.Range(0, 100).Select(i => journal.AppendAsync(One(stream, $"{i}")).AsTask()).ToList();
        await journal.DisposeAsync();
        Assert.All(await Task.WhenAll(queued), result => Assert.Equal(AppendStatus.Committed, result.Status));
        Assert.Equal(AppendStatus.Unavailable, (await journal.AppendAsync(One(stream, "late"))).Status);

        await using var again = Open();
        Assert.Equal(100, again.CommittedPos);
        var next = new JournalStream("environment/a", await again.ReadHeadAsync("environment/a", Patience), Noon);
        Assert.Equal(101, (await again.AppendAsync(One(next, "on"))).LastPos);
    }

    [Fact]
    public async Task Open_AnchorsTheClockBehindNoRecord()
    {
        var future = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using (var journal = Open()) await journal.AppendAsync(One(Fresh("environment/a"), "1", future));
        var clock = new JournalClock(TimeProvider.System);
        await using var again = GroupCommitJournal.Open(NewStore(), clock);
        Assert.True(clock.Now >= future, $"{clock.Now:O} lies before a recorded instant");
    }

    [Fact]
    public async Task Read_ByPositionAndStream_PagesInOrder()
    {
        await using var journal = Open();
        var (a, b) = (Fresh("environment/a"), Fresh("environment/b"));
        for (var i = 0; i < 5; i++) await journal.AppendAsync(Unit(a.Stage("Noted", Payload($"{i}"), Noon), b.Stage("Noted", Payload($"{i}"), Noon)));

        Assert.Equal([4, 5, 6], (await journal.ReadAllAsync(3, 3, null, Patience)).Select(record => record.Pos));
        Assert.Equal([4, 6], (await journal.ReadAllAsync(3, 2, "environment/b", Patience)).Select(record => record.Pos));
        var tail = new List<long>();
        await foreach (var record in journal.ReadStreamAsync("environment/a", 3, Patience)) tail.Add(record.Seq);
        Assert.Equal([4, 5], tail);
    }

    [Fact]
    public async Task Append_OfAUnitThatDoesNotChainInItself_Throws()
    {
        await using var journal = Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.AppendAsync(Unit(
            Fresh("environment/a").Stage("Noted", Payload("1"), Noon), Fresh("environment/a").Stage("Noted", Payload("2"), Noon))));
        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.AppendAsync(Unit()));
    }
}
