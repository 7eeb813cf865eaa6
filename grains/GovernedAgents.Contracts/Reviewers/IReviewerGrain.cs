using Orleans;

namespace GovernedAgents.Contracts;

/// <summary>A person's attention as a reviewer. Holds no authority over a vote's validity. Key: person id.</summary>
[Alias("ga.IReviewerGrain")]
public interface IReviewerGrain : IGrainWithStringKey
{
    [Alias("NoteVote")] Task NoteVoteAsync(string approval, DateTimeOffset requestedAt, DateTimeOffset votedAt);
    [Alias("Attention")] Task<ReviewerAttention> AttentionAsync();
}

[GenerateSerializer, Immutable, Alias("ga.ReviewerAttention")]
public sealed record ReviewerAttention
{
    [Id(0)] public long Votes { get; init; }
    [Id(1)] public DateTimeOffset? LastVoteAt { get; init; }
    /// <summary>Median time from request to vote over the last 32 votes.</summary>
    [Id(2)] public TimeSpan? MedianTimeToVote { get; init; }
}
