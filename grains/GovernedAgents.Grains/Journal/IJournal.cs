namespace GovernedAgents.Grains.Journal;

/// <summary>
/// What grains see of the journal: the group-commit writer of this silo in front of a back end, and reads. An answer of
/// <see cref="AppendAsync"/> is final: committed means durable, every other status means certainly not written.
/// </summary>
public interface IJournal
{
    /// <summary>Queues the unit in call order; completes when its batch is durable or refused. Never throws for storage faults.</summary>
    ValueTask<AppendResult> AppendAsync(AppendUnit unit);

    /// <summary>False when other silos append to the same journal.</summary>
    bool SoleWriter { get; }

    /// <summary>Why nothing can be appended now, for the operator; null when it can, as far as is known.</summary>
    string? UnavailableBecause { get; }

    /// <summary>Newest position that this silo knows durable.</summary>
    long CommittedPos { get; }

    /// <summary>Newest durable position, whichever silo wrote it. Every position up to it is committed.</summary>
    Task<long> ReadCommittedPosAsync(CancellationToken cancellation = default);

    Task<StreamHead> ReadHeadAsync(string stream, CancellationToken cancellation = default);

    /// <summary>Records of one stream with Seq &gt; <paramref name="afterSeq"/>, in order.</summary>
    IAsyncEnumerable<JournalRecord> ReadStreamAsync(string stream, long afterSeq, CancellationToken cancellation = default);

    /// <summary>At most <paramref name="limit"/> records with Pos &gt; <paramref name="afterPos"/> (of one stream if given), in order.</summary>
    Task<IReadOnlyList<JournalRecord>> ReadAllAsync(long afterPos, int limit, string? stream = null, CancellationToken cancellation = default);

    /// <summary>The records at these positions, by position; absent ones are left out.</summary>
    Task<IReadOnlyList<JournalRecord>> ReadAtAsync(IReadOnlyList<long> positions, CancellationToken cancellation = default);

    Task<IReadOnlyList<StreamInfo>> ListStreamsAsync(CancellationToken cancellation = default);

    /// <summary>Null when erased, expired or never written.</summary>
    Task<ReadOnlyMemory<byte>?> ReadContentAsync(string id, CancellationToken cancellation = default);

    Task EraseContentAsync(string id, CancellationToken cancellation = default);

    Task<CallClaim?> FindClaimAsync(string callId, CancellationToken cancellation = default);

    /// <summary>All claims of a session (bounded by its call limit).</summary>
    Task<IReadOnlyList<CallClaim>> ListClaimsAsync(string session, CancellationToken cancellation = default);
}

public sealed record StreamInfo(string Stream, long Seq, string Head, long LastPos, DateTimeOffset LastAt);
