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
    /// <summary>Why it is in its state, once that was changed.</summary>
    public string? StateReason { get; init; }
    /// <summary>Of a session that the silo runs itself: what it has used.</summary>
    public HostedBody? Hosted { get; init; }

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
        StateReason = session.StateReason,
        Hosted = session.Hosted is { } run ? new HostedBody(run.Steps, run.StepsUsed, run.MaxSteps, run.TokensUsed, run.MaxTokens, run.LastFailure) : null,
    };
}

/// <param name="Steps">Requests of this session to its model.</param>
/// <param name="StepsUsed">With all sessions below it, of at most <paramref name="MaxSteps"/>.</param>
/// <param name="TokensUsed">With all sessions below it; at <paramref name="MaxTokens"/> no further step is taken.</param>
public sealed record HostedBody(int Steps, int StepsUsed, int MaxSteps, long TokensUsed, long MaxTokens, string? LastFailure);

/// <summary>What a hosted session's model was told and said.</summary>
public sealed record ConversationBody
{
    public required string Goal { get; init; }
    public required IReadOnlyList<ConversationTurn> Turns { get; init; }

    public static ConversationBody Of(HostedStep step) => new()
    {
        Goal = step.Goal,
        Turns = [.. step.Turns.Select(turn => new ConversationTurn(turn.Step, turn.Reply.Text, turn.Reply.Tokens, [.. turn.Reply.Calls.Select((call, index) => Of(call, turn.Answers.GetValueOrDefault(index)))]))],
    };

    private static ConversationCall Of(ModelCall call, HostedAnswer? answer) => new(call.Name, call.Arguments, answer?.Text, answer?.Call, answer?.Child);
}

public sealed record ConversationTurn(int Step, string Text, long Tokens, IReadOnlyList<ConversationCall> Calls);

/// <param name="Arguments">As the model wrote them.</param>
/// <param name="Answer">What the model was told; null while that is not known.</param>
/// <param name="Call">The governed call.</param>
/// <param name="Child">The session that it started.</param>
public sealed record ConversationCall(string Name, string Arguments, string? Answer, string? Call, string? Child);

public sealed record SessionTokenBody
{
    public required string Token { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
