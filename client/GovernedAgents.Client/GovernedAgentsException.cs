using System.Net;

namespace GovernedAgents.Client;

/// <summary>
/// The server refused a request in a way that the caller must repair (bad arguments, wrong role, stale vote, unknown name), or it could not be
/// reached at all (<see cref="IsUnavailable"/>). Refusals of a call by governance are not exceptions but <see cref="CallResult"/>s.
/// </summary>
public sealed class GovernedAgentsException : Exception
{
    internal GovernedAgentsException(string slug, HttpStatusCode? status, string detail, Exception? inner = null)
        : base($"{slug}: {detail}", inner)
    {
        Slug = slug;
        Status = status;
        Detail = detail;
    }

    /// <summary>Last part of the problem's type: <c>invalid-arguments</c>, <c>unknown-tool</c>, <c>forbidden</c>, <c>stale-vote</c>, …; <c>unreachable</c> without an answer, <c>unreadable-answer</c> when it was not what the API promises.</summary>
    public string Slug { get; }

    /// <summary>Null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>What was wrong and what to do next.</summary>
    public string Detail { get; }

    /// <summary>Faults by JSON pointer into the request body.</summary>
    public IReadOnlyList<FieldFault> Errors { get; internal init; } = [];

    public string? CallId { get; internal init; }

    public IReadOnlyList<string> RuleIds { get; internal init; } = [];

    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>The key of the request that failed. After <see cref="IsUnavailable"/>, repeating the request with this key is safe whether or not it had arrived.</summary>
    public string? IdempotencyKey { get; internal init; }

    /// <summary>Nobody answered, or the answer was 5xx: trying later may help.</summary>
    public bool IsUnavailable => Slug == "unreachable" || (int?)Status >= 500;
}

/// <summary>One fault in a request body.</summary>
/// <param name="Pointer">JSON pointer into the body: <c>/arguments/name</c>.</param>
public sealed record FieldFault(string Pointer, string Detail);
