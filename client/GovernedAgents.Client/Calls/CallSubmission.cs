using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Sends one call under one key and waits for it.</summary>
internal static class CallSubmission
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(60);

    // A caller who leaves is not kept longer than this.
    private static readonly TimeSpan WithdrawWithin = TimeSpan.FromSeconds(10);

    public static async Task<CallResult> SendAsync(ApiCaller caller, CallRequest request, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Environment);
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Tool);
        if (request.Reason is { Length: > 2_000 }) throw new ArgumentException($"Reason is {request.Reason.Length} characters long; at most 2000 are taken.", nameof(request));
        var options = caller.Transport.Options;
        var key = IdempotencyKeys.Check(request.IdempotencyKey);
        var wait = request.Wait ?? options.Wait;
        var withdraw = request.WithdrawOnCancellation ?? options.WithdrawOnCancellation;
        var message = new ApiRequest(HttpMethod.Post, "v1/calls")
        {
            Token = caller.Token,
            Body = WireJson.Bytes(new CallBody(request.Environment, request.Tool, WireJson.Arguments(request.Arguments), request.Reason, request.DryRun ? true : null)),
            IdempotencyKey = key,
            // To withdraw a call its id must be known, so the first answer then comes right after the decision.
            Wait = withdraw ? TimeSpan.Zero : wait != Timeout.InfiniteTimeSpan && wait < LongestHold ? wait : LongestHold,
            RetryThrottled = options.Retry.RetryThrottled,
        };

        var started = caller.Transport.Time.GetTimestamp();
        var answer = await (withdraw ? SendOrWithdrawAsync(caller, message, key, cancellation) : caller.Transport.SendAsync(message, cancellation));
        var result = CallOutcome.OfSubmission(answer, key, caller.Transport, caller.Token);
        var left = wait == Timeout.InfiniteTimeSpan ? wait : wait - caller.Transport.Time.GetElapsedTime(started);
        if (result is not CallPending { Pending: var pending } || (left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)) return result;
        try
        {
            return await pending.WaitAsync(left, cancellation);
        }
        catch (OperationCanceledException) when (withdraw)
        {
            await WithdrawAsync(caller, pending);
            throw;
        }
    }

    /// <summary>
    /// Lets the attempt under way finish when cancelled, since only its answer names the call to withdraw. The request is never sent
    /// anew for that: had it not arrived, sending it would start what the caller no longer wants.
    /// </summary>
    private static async Task<ApiAnswer> SendOrWithdrawAsync(ApiCaller caller, ApiRequest message, string key, CancellationToken cancellation)
    {
        var answer = await caller.Transport.SendAsync(message with { FinishAttempt = true }, cancellation);
        if (!cancellation.IsCancellationRequested) return answer;
        if (answer.IsSuccess && CallOutcome.OfSubmission(answer, key, caller.Transport, caller.Token) is CallPending { Pending: var pending }) await WithdrawAsync(caller, pending);
        throw new OperationCanceledException(cancellation);
    }

    private static async Task WithdrawAsync(ApiCaller caller, PendingCall pending)
    {
        using var limit = new CancellationTokenSource(WithdrawWithin, caller.Transport.Time);
        try
        {
            await pending.CancelAsync(limit.Token);
        }
        catch (Exception fault) when (fault is GovernedAgentsException or OperationCanceledException)
        {
            // Too late (it has started or is over) or nobody there: the caller is leaving, and its deadline ends the review.
        }
    }

    private sealed record CallBody(string Environment, string Tool, System.Text.Json.Nodes.JsonNode Arguments, string? Reason, bool? DryRun);
}
