namespace GovernedAgents.Client;

/// <summary>What a session is started with.</summary>
public sealed record StartSessionOptions
{
    /// <summary>A registered agent.</summary>
    public required string Agent { get; init; }
    public string Goal { get; init; } = "";
    /// <summary>Asked for; the agent's, the environment's and every ancestor's ceiling may lower it.</summary>
    public AutonomyTier Tier { get; init; } = AutonomyTier.Propose;
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    /// <summary>Null: the server's default, 8 h; at most 7 days.</summary>
    public TimeSpan? ExpiresIn { get; init; }
    /// <summary>Null: a new one for this start, kept for all its attempts.</summary>
    public string? IdempotencyKey { get; init; }
}

internal sealed record StartSessionBody(string Agent, string Goal, AutonomyTier Tier, string? Parent, IReadOnlyDictionary<string, string>? Labels, TimeSpan? ExpiresIn);
