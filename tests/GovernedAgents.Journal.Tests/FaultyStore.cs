using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Journal.Tests;

/// <summary>A back end whose commits and settlements can be made to fail before or after the real thing, or to wait.</summary>
internal sealed class FaultyStore(IJournalStore inner) : IJournalStore
{
    public Action? BeforeCommit { get; set; }
    public Action? AfterCommit { get; set; }
    public Action? BeforeSettle { get; set; }
    public int Settlements { get; private set; }

    public bool SoleWriter => inner.SoleWriter;
    public JournalOpening Open() => inner.Open();

    public CommitOutcome Commit(JournalBatch batch)
    {
        BeforeCommit?.Invoke();
        var outcome = inner.Commit(batch);
        AfterCommit?.Invoke();
        return outcome;
    }

    public bool Tidy() => inner.Tidy();

    public CommitOutcome Settle(JournalBatch batch)
    {
        Settlements++;
        BeforeSettle?.Invoke();
        return inner.Settle(batch);
    }

    public Task<StreamInfo?> ReadHeadAsync(string stream, CancellationToken cancellation) => inner.ReadHeadAsync(stream, cancellation);
    public Task<IReadOnlyList<JournalRecord>> ReadStreamAsync(string stream, long afterSeq, int limit, CancellationToken cancellation) => inner.ReadStreamAsync(stream, afterSeq, limit, cancellation);
    public Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream, CancellationToken cancellation) => inner.ReadAllAsync(afterPos, limit, stream, cancellation);
    public Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation) => inner.ReadAtAsync(positions, cancellation);
    public Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation) => inner.ListStreamsAsync(cancellation);
    public Task<StoredContent?> ReadContentAsync(string id, CancellationToken cancellation) => inner.ReadContentAsync(id, cancellation);
    public Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation) => inner.FindClaimAsync(callId, cancellation);
    public Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation) => inner.ListClaimsAsync(session, cancellation);
    public Task<long> ReadLastPosAsync(CancellationToken cancellation) => inner.ReadLastPosAsync(cancellation);
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
