using GovernedAgents.Policy.Events;

namespace GovernedAgents.Policy.Sessions;

/// <summary>What a hosted session is to do next, and what it may use for it.</summary>
public static class HostedRules
{
    /// <summary>Further calls of one reply are dropped: the model sees only those that were taken.</summary>
    public const int MostCallsPerReply = 16;
    /// <summary>Times in a row that the model may fail.</summary>
    public const int MostFailures = 5;
    /// <summary>Sessions above one that may still start sessions.</summary>
    public const int MostLevels = 4;

    /// <summary>Null while there is something to ask; an empty list once the agent has finished; else the calls of the last reply that have no answer yet.</summary>
    public static IReadOnlyList<int>? Unanswered(HostedRun run) => run.Turns is not [.., var last] ? null
        : last.Calls == 0 ? []
        : Enumerable.Range(0, last.Calls).Except(last.Answers.Select(answer => answer.Index)).ToList() is { Count: > 0 } missing ? missing : null;

    /// <summary>A step for this session (null) or one below it, or only its count of tokens where it has that step already.</summary>
    public static SessionRules.Verdict Draw(HostedRun run, string? session, int step, long tokens)
    {
        var share = run.Shares.GetValueOrDefault(session ?? "") ?? new BudgetShare(0, 0);
        if (step <= share.Steps) return tokens > share.Tokens ? new BudgetDrawn { Session = session, Step = share.Steps, Tokens = tokens } : SessionRules.Verdict.Already;
        var used = run.TokensUsed - share.Tokens + Math.Max(tokens, share.Tokens);
        if (run.StepsUsed + step - share.Steps > run.Budget.Steps) return SessionRules.Verdict.No($"its budget of {run.Budget.Steps} steps is used up");
        if (used >= run.Budget.Tokens) return SessionRules.Verdict.No($"its budget of {run.Budget.Tokens} tokens is used up ({used})");
        return new BudgetDrawn { Session = session, Step = step, Tokens = Math.Max(tokens, share.Tokens) };
    }

    /// <summary>Whether a reply (or a failure) to this step is awaited: one that another runner brought first is not taken twice.</summary>
    public static bool Awaits(HostedRun run, int step) => run.Steps == step && Unanswered(run) is null && (run.Turns is not [.., var last] || last.Step < step);

    public static bool Awaits(HostedRun run, int step, int index) => run.Turns is [.., var last] && last.Step == step && Unanswered(run)?.Contains(index) == true;
}
