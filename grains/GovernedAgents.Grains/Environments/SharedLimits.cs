using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Environments;

/// <summary>The limits that several environments share (<c>per: agent, principal, tool, fleet</c>).</summary>
public interface ISharedLimits
{
    /// <summary>As far as this silo knows; a copy.</summary>
    LimitLevels Levels { get; }

    /// <summary>Holds what one start needs. What is not spent goes back when the hold is disposed of.</summary>
    ValueTask<ISharedHold> HoldAsync(IReadOnlyList<LimitSpend> spends);

    /// <summary>What an environment's journal says of them.</summary>
    void Learn(LimitLevels levels, DateTimeOffset now);

    /// <summary>Every environment has been asked; before that nothing may be spent.</summary>
    void AllKnown();
}

/// <summary>What is held for one start.</summary>
public interface ISharedHold : IDisposable
{
    /// <summary>
    /// Spends in every limit or in none, in the same step as the start's decision. Nothing that was spent is ever given back: a start that could not be recorded counts.
    /// </summary>
    /// <param name="spends">What the start spends now; what it was not held for is refused.</param>
    /// <param name="now">The decision's instant, taken before this is called.</param>
    /// <param name="askOnly">Only say whether and when.</param>
    /// <returns><see cref="LimitDecision.Next"/> holds levels to be recorded with the start; empty when what it spends is recorded already.</returns>
    LimitDecision TrySpend(IReadOnlyList<LimitSpend> spends, DateTimeOffset now, bool askOnly = false);
}
