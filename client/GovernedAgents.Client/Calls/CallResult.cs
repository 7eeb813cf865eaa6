using System.Text.Json;

namespace GovernedAgents.Client;

/// <summary>
/// How a call came out, closed: <see cref="CallExecuted"/>, <see cref="CallPending"/>, <see cref="CallDenied"/>, <see cref="CallThrottled"/>,
/// <see cref="CallUnknown"/>, <see cref="CallEnded"/> or <see cref="CallPreviewed"/>.
/// </summary>
public abstract record CallResult
{
    private protected CallResult() { }
}

/// <summary>The tool ran and answered.</summary>
public sealed record CallExecuted : CallResult
{
    /// <summary>False when the tool itself reported failure; its error is in <see cref="Result"/> or <see cref="CallInfo.Error"/>.</summary>
    public required bool Succeeded { get; init; }
    public JsonElement? Result { get; init; }
    public required CallInfo Call { get; init; }
}

/// <summary>Not over yet: it waits for reviewers, for its timer or a limit, or it runs. Nothing else needs to be sent: wait on <see cref="Pending"/>.</summary>
public sealed record CallPending : CallResult
{
    public required PendingCall Pending { get; init; }
    public CallInfo Call => Pending.Call;
}

/// <summary>Refused by policy, a freeze, a halt or by reviewers. Nothing was started; asking again with another key is judged afresh.</summary>
public sealed record CallDenied : CallResult
{
    public string? CallId { get; init; }
    public IReadOnlyList<string> RuleIds { get; init; } = [];
    public IReadOnlyList<string> Reasons { get; init; } = [];
    public required string Detail { get; init; }
    public string? PolicyVersion { get; init; }
}

/// <summary>Over a limit. Nothing was started and the idempotency key is not used up.</summary>
public sealed record CallThrottled : CallResult
{
    /// <summary><c>throttled</c>, <c>too-many-pending</c> or <c>intake-limit</c>.</summary>
    public required string Slug { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public required string Detail { get; init; }
    public IReadOnlyList<string> RuleIds { get; init; } = [];
    /// <summary>Send the request again with this key.</summary>
    public required string IdempotencyKey { get; init; }
}

/// <summary>Started, and whether the effect happened is not known. Never repeated by anyone: look at the world, then a person resolves it.</summary>
public sealed record CallUnknown : CallResult
{
    public required CallInfo Call { get; init; }
    public required string Detail { get; init; }
}

/// <summary>Over without having started: <see cref="CallState.Expired"/>, <see cref="CallState.Cancelled"/> or <see cref="CallState.Voided"/>.</summary>
public sealed record CallEnded : CallResult
{
    public required CallState State { get; init; }
    public required string Detail { get; init; }
    public required CallInfo Call { get; init; }
}

/// <summary>What a real call would have got (<see cref="CallRequest.DryRun"/>).</summary>
public sealed record CallPreviewed : CallResult
{
    public required CallDecision Decision { get; init; }
    public required CallInfo Call { get; init; }
}
