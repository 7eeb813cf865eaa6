using GovernedAgents.Policy;
using Orleans;
using Orleans.Concurrency;

namespace GovernedAgents.Contracts;

/// <summary>
/// A session that the silo runs itself, as its runner sees it: what is next, and the record of what came of it. Key: session id. Whatever is brought twice, or late, is not taken.
/// </summary>
[Alias("ga.IHostedSession")]
public interface IHostedSession : IGrainWithStringKey
{
    /// <summary>Has the runner of the grain's silo take the session up, if it is one to run. False: what it works for (an ancestor, its starter) has ended, so it is to be ended too.</summary>
    [Alias("Wake"), AlwaysInterleave] Task<bool> WakeAsync();

    /// <summary>What is next, and the conversation so far.</summary>
    [Alias("Next"), AlwaysInterleave] Task<HostedStep> NextAsync();

    /// <summary>Takes a step from this session's budget, durable when answered; for the session's own use <paramref name="session"/> is null. Answers why not, or null.</summary>
    [Alias("Draw")] Task<string?> DrawAsync(string? session, int step, long tokens);

    /// <summary>The model's reply to a step; one without calls ends the session.</summary>
    [Alias("Reply")] Task ReplyAsync(int step, ModelReply reply);

    [Alias("Fail")] Task FailAsync(int step, string detail);

    [Alias("Answer")] Task AnswerAsync(int step, int index, HostedAnswer answer);
}

/// <summary>Runs hosted sessions beside the grains' turns, on the silo of each session's grain.</summary>
public interface IHostedRuns
{
    void Wake(string session);

    /// <summary>What is asked of a model for this session now is given up.</summary>
    void Interrupt(string session);
}

[GenerateSerializer, Alias("ga.HostedDue")]
public enum HostedDue
{
    /// <summary>Nothing now: paused, quarantined, halted, ended, or no hosted session.</summary>
    Rest,
    AskModel,
    AnswerCalls,
}

/// <summary>What a hosted session is to do next, with the conversation so far.</summary>
[GenerateSerializer, Immutable, Alias("ga.HostedStep")]
public sealed record HostedStep
{
    public static readonly HostedStep Resting = new() { Due = HostedDue.Rest };

    [Id(0)] public required HostedDue Due { get; init; }
    /// <summary>The step to take, or the one whose calls are to be answered.</summary>
    [Id(1)] public int Step { get; init; }
    [Id(2)] public string Agent { get; init; } = "";
    [Id(3)] public string Goal { get; init; } = "";
    [Id(4)] public AutonomyTier Tier { get; init; }
    /// <summary>Ancestors, root first.</summary>
    [Id(5)] public IReadOnlyList<string> Lineage { get; init; } = [];
    /// <summary>Of its own replies until now.</summary>
    [Id(6)] public long Tokens { get; init; }
    [Id(7)] public IReadOnlyList<HostedTurnSnapshot> Turns { get; init; } = [];
    /// <summary>Calls of the last reply that have no answer yet.</summary>
    [Id(8)] public IReadOnlyList<int> Unanswered { get; init; } = [];
    /// <summary>How often in a row the model could not be asked.</summary>
    [Id(9)] public int Failures { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.HostedTurn")]
public sealed record HostedTurnSnapshot
{
    [Id(0)] public required ModelReply Reply { get; init; }
    /// <summary>By the index of the call.</summary>
    [Id(1)] public IReadOnlyDictionary<int, HostedAnswer> Answers { get; init; } = new Dictionary<int, HostedAnswer>();
    [Id(2)] public int Step { get; init; }
}

[GenerateSerializer, Immutable, Alias("ga.ModelReply")]
public sealed record ModelReply
{
    [Id(0)] public string Text { get; init; } = "";
    [Id(1)] public IReadOnlyList<ModelCall> Calls { get; init; } = [];
    /// <summary>In and out.</summary>
    [Id(2)] public long Tokens { get; init; }
}

/// <summary>A call as the model wrote it; <see cref="Arguments"/> is text that may be JSON.</summary>
[GenerateSerializer, Immutable, Alias("ga.ModelCall")]
public sealed record ModelCall
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required string Arguments { get; init; }
}

/// <summary>What the model is told of one of its calls.</summary>
[GenerateSerializer, Immutable, Alias("ga.HostedAnswer")]
public sealed record HostedAnswer
{
    [Id(0)] public required string Text { get; init; }
    /// <summary>The governed call; null: it never became one.</summary>
    [Id(1)] public string? Call { get; init; }
    /// <summary>The session that it started.</summary>
    [Id(2)] public string? Child { get; init; }
}

/// <summary>What a hosted session has used, and how far it is; part of its snapshot.</summary>
[GenerateSerializer, Immutable, Alias("ga.HostedProgress")]
public sealed record HostedProgress
{
    /// <summary>Its own, and with all below it, of at most <see cref="MaxSteps"/>.</summary>
    [Id(0)] public int Steps { get; init; }
    [Id(1)] public int StepsUsed { get; init; }
    [Id(2)] public int MaxSteps { get; init; }
    [Id(3)] public long TokensUsed { get; init; }
    [Id(4)] public long MaxTokens { get; init; }
    [Id(5)] public string? LastFailure { get; init; }
}
