using GovernedAgents.Contracts;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Mvc;

namespace GovernedAgents.Silo.Console.Calls;

/// <summary>Withdrawing a call, and settling one whose outcome is unknown.</summary>
internal static class CallForms
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(CallPage.PathOf("{id}") + "/cancel", CancelAsync).FromConsole(Access.Developer | Access.Operator);
        routes.MapPost(CallPage.PathOf("{id}") + "/resolve", ResolveAsync).FromConsole(Access.Operator);
    }

    private static async Task<IResult> CancelAsync(HttpContext http, string id, CallLookup lookup, IGrainFactory grains, IFormCollection _)
    {
        var visitor = http.Visitor();
        if (await lookup.FindAsync(http, id) is not { } call || !(visitor.Is(Access.Operator) || visitor.Owns(call.Starter))) return Again(404, id, "There is no such call of yours.");
        return Done(id, await grains.GetGrain<IEnvironmentGrain>(call.Environment).CancelAsync(id, visitor.By), "It has ended meanwhile: there is nothing left to withdraw.");
    }

    private static async Task<IResult> ResolveAsync(HttpContext http, string id, CallLookup lookup, IGrainFactory grains, [FromForm] string outcome, [FromForm] string reason)
    {
        if (outcome is not ("succeeded" or "failed") || reason.Trim().Length is 0 or > 2000) return Again(400, id, "Say what happened, and in 1 to 2,000 characters how you know.");
        if (await lookup.FindAsync(http, id) is not { } call) return Again(404, id, "There is no such call.");
        return Done(id, await grains.GetGrain<IEnvironmentGrain>(call.Environment).ResolveAsync(id, outcome == "succeeded", reason.Trim(), http.Visitor().By), "Only an unknown outcome is resolved, and this one is known.");
    }

    private static IResult Done(string id, Answer<CallSnapshot> answer, string ended) => answer.Refusal switch
    {
        null => Results.Redirect(CallPage.PathOf(id)),
        { Slug: "not-found" } => Again(409, id, ended),
        var refusal => Again(Problems.StatusOf(refusal.Slug), id, refusal.Detail),
    };

    private static IResult Again(int status, string id, string detail) => ConsoleView.Of<CallPage>(status, (nameof(CallPage.Id), id), (nameof(CallPage.Notice), new Notice.Content("bad", "Nothing was done", detail)));
}
