using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Sessions;

public sealed record StartSessionRequest
{
    [Length(1, 253)] public required string Agent { get; init; }
    [Length(0, 4000)] public required string Goal { get; init; }
    public required AutonomyTier Tier { get; init; }
    [Length(1, 253)] public string? Parent { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    /// <summary>At most P7D; default PT8H.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}

public sealed record ReasonRequest
{
    [Length(1, 2000)] public required string Reason { get; init; }
}

public sealed record OptionalReasonRequest
{
    [Length(0, 2000)] public string? Reason { get; init; }
}

public sealed record ChangeTierRequest
{
    public required AutonomyTier Tier { get; init; }
    [Length(1, 2000)] public required string Reason { get; init; }
}

public sealed record EmptyRequest;

/// <summary>A session as the API answers it; <see cref="Token"/> only where it was just started.</summary>
public sealed record SessionBody
{
    public required string Id { get; init; }
    public required string Agent { get; init; }
    public required string Starter { get; init; }
    public string? Parent { get; init; }
    public required IReadOnlyList<string> Lineage { get; init; }
    public required string Goal { get; init; }
    public required SessionStatus State { get; init; }
    public required AutonomyTier Tier { get; init; }
    public required IReadOnlyDictionary<string, AutonomyTier> EffectiveTier { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required int Calls { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public string? Token { get; init; }

    public static SessionBody Of(SessionSnapshot session) => new()
    {
        Id = session.Id,
        Agent = session.Agent,
        Starter = session.Starter,
        Parent = session.Parent,
        Lineage = session.Lineage,
        Goal = session.Goal,
        State = session.State,
        Tier = session.Tier,
        EffectiveTier = session.EffectiveTier,
        Labels = session.Labels,
        Calls = session.Calls,
        CreatedAt = session.CreatedAt,
        ExpiresAt = session.ExpiresAt,
    };
}

public sealed record SessionTokenBody
{
    public required string Token { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
