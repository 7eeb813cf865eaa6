using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using GovernedAgents.Silo.Sessions;
using Microsoft.AspNetCore.Mvc;

namespace GovernedAgents.Silo.Console.Sessions;

/// <summary>What the starter or an operator does to a running session.</summary>
internal static class SessionForms
{
    private static readonly (string Name, SessionVerb Verb)[] Verbs =
        [("pause", SessionVerb.Pause), ("resume", SessionVerb.Resume), ("quarantine", SessionVerb.Quarantine), ("end", SessionVerb.End), ("tier", SessionVerb.SetTier)];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, verb) in Verbs)
        {
            routes.MapPost($"{SessionPage.PathOf("{id}")}/{name}", (HttpContext http, string id, SessionChanging changing, IGrainFactory grains, [FromForm] string reason, [FromForm] string? confirm, [FromForm] string? tier) =>
                ChangeAsync(http, id, changing, grains, verb, reason.Trim(), confirm?.Trim(), tier)).FromConsole(Access.Developer | Access.Operator);
        }
    }

    private static async Task<IResult> ChangeAsync(HttpContext http, string id, SessionChanging changing, IGrainFactory grains, SessionVerb verb, string reason, string? confirm, string? tier)
    {
        if (reason.Length is 0 or > 2000) return Again(400, id, "Give a reason of 1 to 2,000 characters: it is recorded under your name.");
        var wanted = Enum.GetValues<AutonomyTier>().Cast<AutonomyTier?>().FirstOrDefault(one => Answers.NameOf(one!.Value) == tier);
        if (verb == SessionVerb.SetTier && wanted is null) return Again(400, id, "Choose a tier.");
        if (verb == SessionVerb.Resume && Ids.Fits("ses_", id) && await grains.GetGrain<IAgentSessionGrain>(id).ReadAsync() is { State: SessionStatus.Quarantined, Agent: var agent } && confirm != agent)
            return Again(400, id, $"It is quarantined: type the agent's name, {agent}, to confirm.");
        var visitor = http.Visitor();
        var answer = await changing.ChangeAsync(visitor, id, new SessionChange { Verb = verb, Reason = reason, Tier = verb == SessionVerb.SetTier ? wanted : null, By = visitor.By, AsOperator = visitor.Is(Access.Operator) });
        return answer.Refusal is { } refusal ? Again(Problems.StatusOf(refusal.Slug), id, refusal.Detail) : Results.Redirect(SessionPage.PathOf(id));
    }

    private static IResult Again(int status, string id, string detail) => ConsoleView.Of<SessionPage>(status, (nameof(SessionPage.Id), id), (nameof(SessionPage.Notice), new Notice.Content("bad", "Nothing was changed", detail)));
}
