using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Sessions;

/// <summary>What is done to a running session: by its starter or an operator, and ending it also by itself.</summary>
public sealed class SessionVerbEndpoints(SessionChanging changing)
{
    public static void Map(RouteGroupBuilder v1)
    {
        Route("end", Access.Session, optional: true, (it, http, id) => it.ReasonedAsync(http, id, SessionVerb.End, optional: true));
        Route("pause", Access.None, optional: true, (it, http, id) => it.ReasonedAsync(http, id, SessionVerb.Pause, optional: true));
        Route("resume", Access.None, optional: true, (it, http, id) => it.ReasonedAsync(http, id, SessionVerb.Resume, optional: true));
        Route("quarantine", Access.None, optional: false, (it, http, id) => it.ReasonedAsync(http, id, SessionVerb.Quarantine, optional: false));
        v1.MapPost("/sessions/{id}/tier", (SessionVerbEndpoints it, HttpContext http, string id) => it.TierAsync(http, id))
            .Admits(Access.Developer | Access.Operator).Takes<ChangeTierRequest>().Gives<SessionBody>(200).Fails(400, 404, 409, 413)
            .WithName("changeSessionTier").WithSummary("Changes the tier; raising it takes an operator").WithTags("Sessions");

        void Route(string verb, Access also, bool optional, Func<SessionVerbEndpoints, HttpContext, string, Task<IResult>> run)
        {
            var route = v1.MapPost("/sessions/{id}/" + verb, (SessionVerbEndpoints it, HttpContext http, string id) => run(it, http, id))
                .Admits(Access.Developer | Access.Operator | also).Gives<SessionBody>(200).Fails(400, 404, 409, 413)
                .WithName(verb + "Session").WithTags("Sessions");
            _ = optional ? route.Takes<OptionalReasonRequest>(optional: true) : route.Takes<ReasonRequest>();
        }
    }

    private async Task<IResult> ReasonedAsync(HttpContext http, string id, SessionVerb verb, bool optional)
    {
        string reason;
        if (optional)
        {
            var body = await StrictBody.ReadAsync<OptionalReasonRequest>(http, optional: true);
            if (body.Problem is { } unreadable) return unreadable;
            reason = body.Value!.Reason ?? "";
        }
        else
        {
            var body = await StrictBody.ReadAsync<ReasonRequest>(http);
            if (body.Problem is { } unreadable) return unreadable;
            reason = body.Value!.Reason;
        }
        return await ChangeAsync(http.Visitor(), id, new SessionChange { Verb = verb, Reason = reason, By = http.Visitor().By, AsOperator = http.Visitor().Is(Access.Operator) });
    }

    private async Task<IResult> TierAsync(HttpContext http, string id)
    {
        var body = await StrictBody.ReadAsync<ChangeTierRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var visitor = http.Visitor();
        return await ChangeAsync(visitor, id, new SessionChange { Verb = SessionVerb.SetTier, Tier = body.Value!.Tier, Reason = body.Value.Reason, By = visitor.By, AsOperator = visitor.Is(Access.Operator) });
    }

    private async Task<IResult> ChangeAsync(Visitor visitor, string id, SessionChange change)
    {
        var answer = await changing.ChangeAsync(visitor, id, change);
        return answer.Refusal is { } refusal ? Problems.Of(refusal) : Answers.Ok(SessionBody.Of(answer.Value!));
    }
}
