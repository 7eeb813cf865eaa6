using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Calls;

/// <summary>The way from an agent to an effect: reads one call strictly and passes it to its session.</summary>
public sealed class SubmitEndpoint(CallSubmission submission, SessionGate gate)
{
    public static void Map(RouteGroupBuilder v1) =>
        v1.MapPost("/calls", (SubmitEndpoint it, HttpContext http) => it.SubmitAsync(http))
            .Admits(Access.Session).Takes<SubmitCallRequest>().Gives<CallBody>(200).Gives<CallBody>(202).Fails(400, 404, 409, 413, 422, 429)
            .WithName("submitCall").WithSummary("Submits a tool call; a repeat under its idempotency key never has a second effect").WithTags("Calls");

    private async Task<IResult> SubmitAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        if (await gate.RefuseEndedAsync(visitor) is { } ended) return ended;
        var body = await StrictBody.ReadAsync<SubmitCallRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var key = RequestHeaders.IdempotencyKey(http.Request);
        if (key.Problem is { } noKey) return noKey;
        var wait = RequestHeaders.Wait(http.Request);
        if (wait.Problem is { } noWait) return noWait;

        var request = body.Value!;
        if (wait.Value is { } asked) http.Response.Headers["Preference-Applied"] = $"wait={Problems.WholeSeconds(asked)}";
        var answer = await submission.SubmitAsync(new CallOrder
        {
            Session = visitor.Session!,
            Key = key.Value!,
            Environment = request.Environment,
            Tool = request.Tool,
            // The body is canonical already, and so is each part of it.
            ArgumentsJson = request.Arguments.GetRawText(),
            Reason = request.Reason,
            DryRun = request.DryRun ?? false,
            Wait = wait.Value ?? RequestHeaders.DefaultWait,
        }, http.RequestAborted);
        return answer.Refusal is { } refusal ? Problems.Of(refusal) : CallAnswers.Submitted(http, answer.Value!);
    }
}
