using System.Net;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>The one mapping from the API's answers to <see cref="CallResult"/>.</summary>
internal static class CallOutcome
{
    /// <summary>The result of <c>POST /v1/calls</c>.</summary>
    /// <exception cref="GovernedAgentsException">Every refusal that the caller must repair.</exception>
    public static CallResult OfSubmission(ApiAnswer answer, string idempotencyKey, ApiTransport transport, Func<CancellationToken, ValueTask<string?>> token)
    {
        if (answer.IsSuccess) return OfCall(answer.Read<CallInfo>(idempotencyKey), answer.ETag, transport, token, idempotencyKey);
        var problem = Problem.Read(answer);
        return (answer.Status, problem.Slug) switch
        {
            (HttpStatusCode.Forbidden, "denied") => new CallDenied
            {
                CallId = problem.CallId,
                RuleIds = problem.RuleIds ?? [],
                Reasons = problem.Reasons ?? (problem.Detail is { } only ? [only] : []),
                Detail = problem.Detail ?? "Denied.",
                PolicyVersion = problem.PolicyVersion,
            },
            (HttpStatusCode.TooManyRequests, _) => new CallThrottled
            {
                Slug = problem.Slug!,
                RetryAfter = answer.RetryAfter ?? problem.RetryAfter,
                Detail = problem.Detail ?? "Over a limit.",
                RuleIds = problem.RuleIds ?? [],
                IdempotencyKey = idempotencyKey,
            },
            _ => throw problem.ToException(answer, idempotencyKey),
        };
    }

    public static CallResult OfCall(CallInfo call, string? eTag, ApiTransport transport, Func<CancellationToken, ValueTask<string?>> token, string? idempotencyKey = null) => call.State switch
    {
        CallState.Succeeded or CallState.Failed => new CallExecuted { Succeeded = call.State == CallState.Succeeded, Result = call.Result, Call = call },
        CallState.PendingReview or CallState.Approved or CallState.Executing => new CallPending { Pending = new PendingCall(transport, token, call, eTag) },
        CallState.OutcomeUnknown => new CallUnknown { Call = call, Detail = Detail(call, "Whether the effect happened is not known; a person has to look and resolve it.") },
        CallState.Denied => new CallDenied
        {
            CallId = call.Id,
            RuleIds = call.Decision?.RuleIds ?? [],
            Reasons = call.Decision?.Reasons ?? [],
            Detail = Detail(call, "Denied."),
            PolicyVersion = call.Decision?.PolicyVersion,
        },
        CallState.Throttled => new CallThrottled
        {
            Slug = "throttled",
            RetryAfter = call.RetryAfter,
            Detail = Detail(call, "Over a limit."),
            RuleIds = call.Decision?.RuleIds ?? [],
            IdempotencyKey = idempotencyKey ?? "",
        },
        CallState.DryRun => new CallPreviewed { Decision = call.Decision ?? throw Unreadable(call, "a dry run without a decision"), Call = call },
        CallState.Expired or CallState.Cancelled or CallState.Voided => new CallEnded { State = call.State, Detail = Detail(call, $"The call ended as {WireJson.Word(call.State)}."), Call = call },
        _ => throw Unreadable(call, $"state {call.State}"),
    };

    private static string Detail(CallInfo call, string otherwise) => call.Error is { Detail: { Length: > 0 } detail } ? detail : otherwise;

    private static GovernedAgentsException Unreadable(CallInfo call, string what) => new("unreadable-answer", HttpStatusCode.OK, $"Call {call.Id} came with {what}.");
}
