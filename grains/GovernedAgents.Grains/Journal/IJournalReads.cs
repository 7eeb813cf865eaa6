namespace GovernedAgents.Grains.Journal;

/// <summary>Reads of committed state; safe from any thread, never waiting for the writer.</summary>
public interface IJournalReads
{
    Task<StreamInfo?> ReadHeadAsync(string stream, CancellationToken cancellation);

    /// <summary>At most <paramref name="limit"/> records of one stream with Seq &gt; <paramref name="afterSeq"/>, in order.</summary>
    Task<IReadOnlyList<JournalRecord>> ReadStreamAsync(string stream, long afterSeq, int limit, CancellationToken cancellation);

    Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream, CancellationToken cancellation);

    /// <summary>The records at these positions, by position; absent ones are left out.</summary>
    Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation);

    Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation);

    Task<StoredContent?> ReadContentAsync(string id, CancellationToken cancellation);

    Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation);

    Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation);

    /// <summary>Newest committed position.</summary>
    Task<long> ReadLastPosAsync(CancellationToken cancellation);
}

public sealed record StoredContent(ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> Bytes, DateTimeOffset? Expires);
