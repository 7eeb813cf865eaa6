using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Sessions;

/// <summary>How far the silo has come with a session that it runs itself.</summary>
public sealed record HostedRun
{
    public required SessionBudget Budget { get; init; }
    /// <summary>Steps that this session has taken, and the tokens of its replies.</summary>
    public int Steps { get; init; }
    public long Tokens { get; init; }
    /// <summary>Times in a row that the model could not be asked.</summary>
    public int Failures { get; init; }
    public string? LastFailure { get; init; }
    /// <summary>By session: those below this one, and its own under the empty name.</summary>
    public IReadOnlyDictionary<string, BudgetShare> Shares { get; init; } = new Dictionary<string, BudgetShare>();
    public IReadOnlyList<HostedTurn> Turns { get; init; } = [];

    public int StepsUsed => Shares.Values.Sum(share => share.Steps);
    public long TokensUsed => Shares.Values.Sum(share => share.Tokens);

    public HostedRun Apply(DomainEvent occurred) => occurred switch
    {
        BudgetDrawn e => this with { Steps = e.Session is null ? e.Step : Steps, Shares = new Dictionary<string, BudgetShare>(Shares) { [e.Session ?? ""] = new(e.Step, e.Tokens) } },
        ModelReplied e => this with { Tokens = Tokens + e.Tokens, Shares = new Dictionary<string, BudgetShare>(Shares) { [""] = new(Steps, Tokens + e.Tokens) }, Failures = 0, LastFailure = null, Turns = [.. Turns, new HostedTurn(e.Step, e.Content, e.Calls, [])] },
        ModelFailed e => this with { Failures = Failures + 1, LastFailure = e.Detail },
        ToolAnswered e => this with { Turns = [.. Turns.SkipLast(1), Turns[^1] with { Answers = [.. Turns[^1].Answers, new ToolAnswer(e.Index, e.Content, e.Call, e.Child)] }] },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };
}

public sealed record BudgetShare(int Steps, long Tokens);

/// <summary>One reply of the model with what its calls came to, in the order in which they ended.</summary>
public sealed record HostedTurn(int Step, ContentReference Reply, int Calls, IReadOnlyList<ToolAnswer> Answers);

public sealed record ToolAnswer(int Index, ContentReference Content, string? Call, string? Child);
