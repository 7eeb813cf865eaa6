using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Approvals;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Mvc;

namespace GovernedAgents.Silo.Console.Approvals;

/// <summary>A vote from the page: it takes the API's way, with the hashes of what this page had shown.</summary>
internal static class ApprovalForms
{
    public static string PathOf(string id) => ApprovalPage.PathOf(id) + "/vote";

    /// <summary>What cannot be undone is approved with both hands: the environment's name has to be typed.</summary>
    public static bool AsksForName(ApprovalSnapshot approval) => approval.Call.Effect == EffectClass.Destroy;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(PathOf("{id}"), VoteAsync).FromConsole(Access.Reviewer);

    private static async Task<IResult> VoteAsync(HttpContext http, string id, VoteCasting votes, [FromForm] string decision, [FromForm] string? reason, [FromForm] string? callHash,
        [FromForm] string? renderHash, [FromForm] string? policyVersion, [FromForm] string? confirm)
    {
        if (decision is not ("approve" or "deny") || await votes.FindAsync(id) is not { } before)
            return Again(404, id, reason, new("bad", "Nothing was voted on", "There is no such approval, or the form was not this page's."));
        if (decision == "approve" && AsksForName(before) && confirm?.Trim() != before.Call.Environment)
            return Again(400, id, reason, new("bad", "Not approved yet", $"This cannot be undone. Type the environment's name, {before.Call.Environment}, and approve again."));
        if (reason?.Length > 2000) return Again(400, id, reason, new("bad", "Not voted yet", "A reason has at most 2,000 characters."));

        var request = new CastVoteRequest
        {
            Decision = decision == "approve" ? VoteDecision.Approve : VoteDecision.Deny, Reason = reason?.Trim() ?? "", CallHash = callHash ?? "", RenderHash = renderHash ?? "",
            PolicyVersion = policyVersion ?? "",
        };
        var answer = await votes.CastAsync(id, ((Caller.OfPerson)http.Visitor().Caller).Principal, request, request.RenderHash);
        if (answer.Refusal is { } refusal) return Again(Problems.StatusOf(refusal.Slug), id, reason, WhatChanged(refusal, request, before));
        await votes.SettledAsync(answer.Value!, before.Call);
        return Results.Redirect(ApprovalPage.PathOf(id));
    }

    private static IResult Again(int status, string id, string? reason, Notice.Content notice) =>
        ConsoleView.Of<ApprovalPage>(status, (nameof(ApprovalPage.Id), id), (nameof(ApprovalPage.Notice), notice), (nameof(ApprovalPage.Reason), reason ?? ""));

    private static Notice.Content WhatChanged(Refusal refusal, CastVoteRequest voted, ApprovalSnapshot now)
    {
        List<string> more = [];
        if (voted.CallHash != now.CallHash) more.Add($"The call: you saw {Short(voted.CallHash)}, it is {Short(now.CallHash)}.");
        if (voted.RenderHash != now.RenderHash) more.Add($"The card: you saw {Short(voted.RenderHash)}, it is {Short(now.RenderHash)}.");
        if (voted.PolicyVersion != now.PolicyVersion) more.Add($"The policy: you saw version {Short(voted.PolicyVersion)}, it is {Short(now.PolicyVersion)}.");
        if (now.State != ApprovalStatus.Pending && now.EndedReason is { } reason) more.Add(GovernedAgents.Policy.Approvals.Card.Visible(reason));
        return new("bad", Problems.TitleOf(refusal.Slug) + ": your vote did not count", GovernedAgents.Policy.Approvals.Card.Visible(refusal.Detail), more);
    }

    private static string Short(string hash) => hash.Length == 0 ? "nothing" : GovernedAgents.Policy.Approvals.Card.Visible(hash.Length > 19 ? hash[..19] + "…" : hash);
}
