using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Approvals;

/// <summary>What is up for review, and votes on it.</summary>
public sealed class ApprovalEndpoints(VoteCasting votes, IReadModel readModel)
{
    private const Access Readers = Access.Reviewer | Access.Operator | Access.Auditor;

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/approvals", (ApprovalEndpoints it, HttpContext http) => it.ListAsync(http))
            .Admits(Readers).Gives<ListBody<ApprovalBody>>(200).Fails(400).Pages("state", "reviewer")
            .WithName("listApprovals").WithSummary("Approvals, newest first; reviewer=me: those that the caller could vote on now").WithTags("Approvals");
        v1.MapGet("/approvals/{id}", (ApprovalEndpoints it, HttpContext http, string id) => it.ReadAsync(http, id))
            .Admits(Readers).Gives<ApprovalBody>(200).Fails(404)
            .WithName("readApproval").WithSummary("One approval; its ETag is what a vote's If-Match takes").WithTags("Approvals");
        v1.MapPost("/approvals/{id}/votes", (ApprovalEndpoints it, HttpContext http, string id) => it.VoteAsync(http, id))
            .Admits(Access.Reviewer).Takes<CastVoteRequest>().Gives<ApprovalBody>(200).Gives<ApprovalBody>(201).Fails(400, 404, 409, 412, 413, 428)
            .WithName("vote").WithSummary("Approves or denies exactly the call that was shown").WithTags("Approvals");
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        var page = Paging.Read(http.Request, "state", "reviewer");
        if (page.Problem is { } unreadable) return unreadable;
        var state = Paging.OneOf<ApprovalStatus>(http.Request, "state");
        if (state.Problem is { } unknown) return unknown;
        var reviewer = Paging.Text(http.Request, "reviewer");
        if (reviewer is not (null or "me")) return Problems.BadRequest($"reviewer '{reviewer}' is not 'me'.");
        if (reviewer is not null && visitor.Person is null) return Answers.Ok(ListBody<ApprovalBody>.Empty);
        var filter = new ApprovalFilter { State = state.Value, Reviewer = reviewer is null ? null : new Reviewer(visitor.Person!, visitor.Groups) };
        var addresses = Addresses.Of(http);
        return await Answers.PageAsync(async () =>
        {
            var found = await readModel.ListApprovalsAsync(filter, page.Value!, http.RequestAborted);
            var items = new List<ApprovalBody>(found.Items.Count);
            foreach (var approval in found.Items) items.Add(await BodyOfAsync(http, approval, addresses));
            return new Page<ApprovalBody>(items, found.Next);
        }, body => body);
    }

    private async Task<IResult> ReadAsync(HttpContext http, string id)
    {
        if (await votes.FindAsync(id) is not { } approval) return NoSuch(id);
        http.Response.Headers.ETag = $"\"{approval.RenderHash}\"";
        return Answers.Ok(await BodyOfAsync(http, approval, Addresses.Of(http)));
    }

    private async Task<IResult> VoteAsync(HttpContext http, string id)
    {
        var body = await StrictBody.ReadAsync<CastVoteRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var match = RequestHeaders.IfMatch(http.Request);
        if (match.Problem is { } badTag) return badTag;
        if (await votes.FindAsync(id) is not { } before) return NoSuch(id);

        var (request, visitor) = (body.Value!, http.Visitor());
        var answer = await votes.CastAsync(id, ((Caller.OfPerson)visitor.Caller).Principal, request, match.Value);
        if (match.Value is null && (answer.Refusal is null || answer.Refusal.Slug is "stale-vote" or "already-decided"))
            return Problems.Of("precondition-required", "If-Match is missing: send the ETag of the approval as it was shown.");
        if (answer.Refusal is { } refusal) return Problems.Of(refusal);

        var repeated = before.Votes.Any(v => v.Person == visitor.Person && v.Decision == request.Decision);
        http.Response.Headers.ETag = $"\"{answer.Value!.RenderHash}\"";
        var settled = await votes.SettledAsync(answer.Value, before.Call);
        var approval = settled is null ? await BodyOfAsync(http, answer.Value, Addresses.Of(http)) : ApprovalBody.Of(answer.Value, settled, Addresses.Of(http));
        return repeated ? Answers.Ok(approval) : Answers.Created($"/v1/approvals/{id}", approval);
    }

    private async Task<ApprovalBody> BodyOfAsync(HttpContext http, ApprovalSnapshot approval, Addresses addresses) =>
        ApprovalBody.Of(approval, await readModel.FindCallAsync(approval.Call.Id, http.RequestAborted) ?? approval.Call, addresses);

    private static IResult NoSuch(string id) => Problems.NotFound($"There is no approval '{id}'.");
}
