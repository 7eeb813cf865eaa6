using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;

namespace GovernedAgents.Silo.Calls;

/// <summary>Reading calls, waiting for them, withdrawing and resolving them.</summary>
public sealed class CallEndpoints(IGrainFactory grains, CallLookup lookup, CallWatch watch, SessionGate gate)
{
    private const Access Readers = Access.AnyRole | Access.Session;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/calls", (CallEndpoints it, HttpContext http) => it.ListAsync(http))
            .Admits(Readers).Gives<ListBody<CallBody>>(200).Fails(400).Pages("environment", "session", "state")
            .WithName("listCalls").WithSummary("Calls that the caller may see, newest first").WithTags("Calls");
        v1.MapGet("/calls/{id}", (CallEndpoints it, HttpContext http, string id) => it.ReadAsync(http, id))
            .Admits(Readers).Gives<CallBody>(200).Produces(304).Fails(400, 404)
            .WithName("readCall").WithSummary("One call; with If-None-Match and Prefer: wait=N it holds until the call changes").WithTags("Calls");
        v1.MapPost("/calls/{id}/cancel", (CallEndpoints it, HttpContext http, string id) => it.CancelAsync(http, id))
            .Admits(Access.Session | Access.Developer | Access.Operator).Takes<EmptyRequest>(optional: true).Gives<CallBody>(200).Fails(400, 404, 409, 413)
            .WithName("cancelCall").WithSummary("Withdraws a call that has not started").WithTags("Calls");
        v1.MapPost("/calls/{id}/resolve", (CallEndpoints it, HttpContext http, string id) => it.ResolveAsync(http, id))
            .Admits(Access.Operator).Takes<ResolveCallRequest>().Gives<CallBody>(200).Fails(400, 404, 409, 413)
            .WithName("resolveCall").WithSummary("Settles a call whose outcome is unknown").WithTags("Calls");
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        var page = Paging.Read(http.Request, "environment", "session", "state");
        if (page.Problem is { } unreadable) return unreadable;
        var state = Paging.OneOf<CallStatus>(http.Request, "state");
        if (state.Problem is { } unknown) return unknown;
        var filter = new CallFilter { Environment = Paging.Text(http.Request, "environment"), Session = Paging.Text(http.Request, "session"), State = state.Value };
        var addresses = Addresses.Of(http);
        return await Answers.PageAsync(() => lookup.ListAsync(visitor, filter, page.Value!, http.RequestAborted), call => CallBody.Of(call, addresses));
    }

    private async Task<IResult> ReadAsync(HttpContext http, string id)
    {
        var wait = RequestHeaders.Wait(http.Request);
        if (wait.Problem is { } unreadable) return unreadable;
        if (await lookup.FindAsync(http, id) is not { } call) return CallLookup.NoSuch(id);
        if (!RequestHeaders.IfNoneMatch(http.Request, CallAnswers.TagOf(call))) return CallAnswers.Read(http, call);
        if (wait.Value is { } atMost)
        {
            http.Response.Headers["Preference-Applied"] = $"wait={Problems.WholeSeconds(atMost)}";
            if (await watch.ChangedAsync(call, atMost, http.RequestAborted) is { } changed) return CallAnswers.Read(http, changed);
        }
        http.Response.Headers.ETag = CallAnswers.TagOf(call);
        return Results.StatusCode(304);
    }

    private async Task<IResult> CancelAsync(HttpContext http, string id)
    {
        var visitor = http.Visitor();
        if (await gate.RefuseEndedAsync(visitor) is { } ended) return ended;
        var body = await StrictBody.ReadAsync<EmptyRequest>(http, optional: true);
        if (body.Problem is { } unreadable) return unreadable;
        if (await lookup.FindAsync(http, id) is not { } call || !(visitor.Is(Access.Operator) || visitor.Session == call.Session || visitor.Owns(call.Starter))) return CallLookup.NoSuch(id);
        var answer = await grains.GetGrain<IEnvironmentGrain>(call.Environment).CancelAsync(id, visitor.By);
        return answer.Refusal switch
        {
            null => CallAnswers.Read(http, answer.Value!),
            // It was found above: the environment no longer holds it because it has ended.
            { Slug: "not-found" } => Problems.Of(new Refusal { Slug = "already-started", Detail = $"The call is {Answers.NameOf(call.State)}: there is nothing left to withdraw.", CallId = id }),
            var refusal => Problems.Of(refusal),
        };
    }

    private async Task<IResult> ResolveAsync(HttpContext http, string id)
    {
        var body = await StrictBody.ReadAsync<ResolveCallRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        if (await lookup.FindAsync(http, id) is not { } call) return CallLookup.NoSuch(id);
        var answer = await grains.GetGrain<IEnvironmentGrain>(call.Environment).ResolveAsync(id, body.Value!.Outcome == ResolvedOutcome.Succeeded, body.Value.Note, http.Visitor().By);
        return answer.Refusal switch
        {
            null => CallAnswers.Read(http, answer.Value!),
            { Slug: "not-found" } => Problems.Of(new Refusal { Slug = "conflict", Detail = $"The call is {Answers.NameOf(call.State)}: only an unknown outcome is resolved.", CallId = id }),
            var refusal => Problems.Of(refusal),
        };
    }
}
