using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;
using Orleans.Runtime;

namespace GovernedAgents.Silo.Calls;

/// <summary>The way from an agent to an effect: reads one call strictly and passes it to its session.</summary>
public sealed class SubmitEndpoint(IGrainFactory grains, IReadModel readModel, SessionGate gate)
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
        var session = visitor.Session!;
        // The body is canonical already, and so is each part of it.
        var arguments = request.Arguments.GetRawText();
        var command = new SubmitCall
        {
            CallId = Ids.Call(session, key.Value!),
            RequestHash = HashOf(request, arguments),
            Environment = request.Environment,
            Tool = request.Tool,
            ArgumentsJson = arguments,
            Reason = request.Reason,
            DryRun = request.DryRun ?? false,
            Wait = wait.Value ?? RequestHeaders.DefaultWait,
        };
        if (wait.Value is { } asked) http.Response.Headers["Preference-Applied"] = $"wait={Problems.WholeSeconds(asked)}";
        try
        {
            var answer = await grains.GetGrain<IAgentSessionGrain>(session).SubmitAsync(command);
            return answer.Refusal is { } refusal ? Problems.Of(refusal) : CallAnswers.Submitted(http, answer.Value!);
        }
        catch (Exception lost) when (lost is TimeoutException or OrleansException)
        {
            // The answer is lost, the call may not be: it says itself how far it got.
            return await readModel.FindCallAsync(command.CallId, http.RequestAborted) is { } call && call.Session == session
                ? CallAnswers.Submitted(http, call)
                : Problems.Unavailable("No answer came in time and the call is not recorded: repeat it with the same Idempotency-Key.");
        }
    }

    private static string HashOf(SubmitCallRequest request, string arguments)
    {
        var text = $"{{\"arguments\":{arguments},\"dryRun\":{(request.DryRun == true ? "true" : "false")},\"environment\":{JsonSerializer.Serialize(request.Environment)},\"tool\":{JsonSerializer.Serialize(request.Tool)}}}";
        return Sha256Hash.Of(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(text)));
    }
}
