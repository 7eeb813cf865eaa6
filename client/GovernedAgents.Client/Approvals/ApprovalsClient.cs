using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>Which approvals to list; null members do not restrict.</summary>
public sealed record ApprovalFilter
{
    public ApprovalState? State { get; init; }
    /// <summary>Only those that the signed-in person could vote on now.</summary>
    public bool Mine { get; init; }
}

/// <summary>An approval exactly as shown: a vote names it, so a vote on anything else is refused.</summary>
/// <param name="ETag">With its quotes, as the server gave it.</param>
public sealed record ShownApproval(ApprovalInfo Approval, string ETag);

/// <summary>Reviews and votes.</summary>
public sealed class ApprovalsClient
{
    private readonly ApiCaller _caller;

    internal ApprovalsClient(ApiCaller caller) => _caller = caller;

    public Task<Page<ApprovalInfo>> ListAsync(ApprovalFilter? filter = null, PageOptions page = default, CancellationToken cancellation = default) =>
        _caller.ListAsync<ApprovalInfo>("v1/approvals", page, cancellation,
            ("state", filter?.State is { } state ? WireJson.Word(state) : null), ("reviewer", filter?.Mine == true ? "me" : null));

    /// <exception cref="GovernedAgentsException"><c>not-found</c>, also for what one may not see.</exception>
    public async Task<ShownApproval> GetAsync(string id, CancellationToken cancellation = default)
    {
        var answer = await _caller.Transport.SendAsync(new ApiRequest(HttpMethod.Get, Path(id)) { Token = _caller.Token }, cancellation);
        var approval = answer.Read<ApprovalInfo>();
        return new ShownApproval(approval, answer.ETag ?? $"\"{approval.RenderHash}\"");
    }

    /// <summary>Votes on what was shown. The same vote again counts once, so lost answers are repeated.</summary>
    /// <exception cref="GovernedAgentsException">
    /// 412 <c>stale-vote</c>: show it anew · 403 <c>self-review</c>, <c>not-eligible</c>, <c>step-up-required</c> · 409 <c>already-decided</c>.
    /// </exception>
    public Task<ApprovalInfo> VoteAsync(ShownApproval shown, VoteDecision decision, string reason, CancellationToken cancellation = default)
    {
        var (approval, tag) = shown;
        var body = new VoteBody(decision, reason, approval.CallHash, approval.RenderHash, approval.PolicyVersion);
        return _caller.PostAsync<ApprovalInfo>(Path(approval.Id) + "/votes", body, cancellation, Repeat.Safe, ifMatch: tag);
    }

    private static string Path(string id) => "v1/approvals/" + ApiRequest.Segment(id);

    private sealed record VoteBody(VoteDecision Decision, string Reason, string CallHash, string RenderHash, string PolicyVersion);
}
