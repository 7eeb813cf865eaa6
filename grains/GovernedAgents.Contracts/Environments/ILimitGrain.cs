using Orleans;

namespace GovernedAgents.Contracts;

/// <summary>
/// Owns one bucket of a limit that several environments share (<c>per: agent, principal, tool, fleet</c>) and gives silos shares of it for a bounded time. Key: the bucket.
/// Asked once for many calls, not for each.
/// </summary>
[Alias("ga.ILimitGrain")]
public interface ILimitGrain : IGrainWithStringKey
{
    /// <summary>Settles what the holder says, then gives it what is there. A share is durable before it is told.</summary>
    [Alias("Lease"), ResponseTimeout("00:00:02")] Task<LimitLease> LeaseAsync(LimitLeaseRequest request);
}

/// <summary>Totals since the holder began, so that a request or an answer that was lost changes nothing.</summary>
[GenerateSerializer, Immutable, Alias("ga.LimitLeaseRequest")]
public sealed record LimitLeaseRequest
{
    [Id(0)] public required string Holder { get; init; }
    [Id(1)] public required string LimitId { get; init; }
    /// <summary>The limit's numbers: <c>Count</c> starts a <c>Window</c>, at most <c>Burst</c> at once.</summary>
    [Id(2)] public required int Count { get; init; }
    [Id(3)] public required TimeSpan Window { get; init; }
    [Id(4)] public required int Burst { get; init; }
    /// <summary>What the holder knows that it was given.</summary>
    [Id(5)] public required long Leased { get; init; }
    [Id(6)] public required long Spent { get; init; }
    [Id(7)] public required long Returned { get; init; }
    [Id(8)] public required int Wanted { get; init; }
}

/// <summary>What a holder has now.</summary>
[GenerateSerializer, Immutable, Alias("ga.LimitLease")]
public sealed record LimitLease
{
    /// <summary>The holder's lease has run out here: it has nothing, and begins anew.</summary>
    [Id(0)] public bool Over { get; init; }
    /// <summary>Starts given since the holder began.</summary>
    [Id(1)] public long Leased { get; init; }
    /// <summary>Something was given: all that the holder has may be spent for this long, counted from when it asked. Null: no longer than before.</summary>
    [Id(2)] public TimeSpan? For { get; init; }
    /// <summary>When less was given than was wanted: after what time to ask again.</summary>
    [Id(3)] public TimeSpan? RetryAfter { get; init; }
    /// <summary>The bucket as it stands, in its stored spelling; for display.</summary>
    [Id(4)] public string? Level { get; init; }
}
