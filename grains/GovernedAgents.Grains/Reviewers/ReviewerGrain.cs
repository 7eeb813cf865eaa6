using GovernedAgents.Contracts;

namespace GovernedAgents.Grains.Reviewers;

/// <summary>What is kept about a reviewer's attention: figures, never authority.</summary>
[GenerateSerializer, Alias("ga.ReviewerState")]
public sealed record ReviewerState
{
    [Id(0)] public long Votes { get; set; }
    [Id(1)] public DateTimeOffset? LastVoteAt { get; set; }
    /// <summary>Times from request to vote, newest last, at most 32.</summary>
    [Id(2)] public List<TimeSpan> TimesToVote { get; set; } = [];
}

/// <summary>Counts a person's votes. Losing a figure is harmless; the votes themselves are in the journal.</summary>
public sealed class ReviewerGrain([PersistentState("attention", "snapshots")] IPersistentState<ReviewerState> state) : Grain, IReviewerGrain
{
    private const int Window = 32;

    public Task NoteVoteAsync(string approval, DateTimeOffset requestedAt, DateTimeOffset votedAt)
    {
        var figures = state.State;
        figures.Votes++;
        figures.LastVoteAt = votedAt;
        figures.TimesToVote.Add(votedAt - requestedAt);
        if (figures.TimesToVote.Count > Window) figures.TimesToVote.RemoveAt(0);
        return state.WriteStateAsync();
    }

    public Task<ReviewerAttention> AttentionAsync()
    {
        var times = state.State.TimesToVote.Order().ToList();
        return Task.FromResult(new ReviewerAttention
        {
            Votes = state.State.Votes, LastVoteAt = state.State.LastVoteAt, MedianTimeToVote = times.Count == 0 ? null : times[times.Count / 2],
        });
    }
}
