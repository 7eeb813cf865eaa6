namespace GovernedAgents.Policy.Policies;

/// <summary>One start to be counted: everything that replay needs, so that it does not need the policy of that time.</summary>
/// <param name="Key">Limit id, scope and scope value: a level outlives a policy version as long as these stay.</param>
public sealed record LimitSpend(string Key, string LimitId, int Count, TimeSpan Window, int Burst);

/// <summary>Whether a start is within every limit. <see cref="Next"/> holds the levels after it (unchanged when refused).</summary>
public sealed record LimitDecision
{
    public required bool Allowed { get; init; }
    public required LimitLevels Next { get; init; }
    /// <summary>The limit that is open last; null when allowed.</summary>
    public string? LimitId { get; init; }
    /// <summary>Exact: the first instant at which the same start would be within every limit, if nothing else starts. Zero when allowed.</summary>
    public TimeSpan RetryAfter { get; init; }
}

/// <summary>Where a limit stands now; for a scope with several keys, the emptiest.</summary>
public sealed record LimitStanding(string Id, string Per, int Available, int Burst, string Rate);
