using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using Orleans.Runtime;

namespace GovernedAgents.Silo.Approvals;

/// <summary>The one way of a vote to its approval, from the API and from the console's form alike.</summary>
public sealed class VoteCasting(IGrainFactory grains)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    /// <summary>Null for what cannot be an approval's id, and where there is none.</summary>
    public async Task<ApprovalSnapshot?> FindAsync(string id) => Ids.Fits("apr_", id) ? await grains.GetGrain<IApprovalGrain>(id).ReadAsync() : null;

    /// <param name="ifMatch">The tag of what the voter was shown; without one nothing may count, but who is not eligible learns that first: a vote about nothing is asked for, which can only be refused.</param>
    public Task<Answer<ApprovalSnapshot>> CastAsync(string id, Principal voter, CastVoteRequest request, string? ifMatch) => grains.GetGrain<IApprovalGrain>(id).VoteAsync(new CastVote
    {
        Voter = voter,
        Decision = request.Decision,
        Reason = request.Reason,
        CallHash = request.CallHash,
        RenderHash = ifMatch is null ? "" : request.RenderHash,
        PolicyVersion = request.PolicyVersion,
        IfMatch = ifMatch ?? "",
    });

    /// <summary>The vote that decides is answered when the call shows it, so that nobody reads a denied call as pending afterwards; the vote counts either way.</summary>
    /// <param name="seen">The call as it was before the vote.</param>
    public async Task<CallSnapshot?> SettledAsync(ApprovalSnapshot after, CallSnapshot seen)
    {
        if (after.State == ApprovalStatus.Pending || seen.Session.Length == 0) return null; // a proposal has no call of an environment
        try { return await grains.GetGrain<IEnvironmentGrain>(seen.Environment).WatchAsync(seen.Id, seen.Version, AtMost); }
        catch (Exception lost) when (lost is TimeoutException or OrleansException) { return null; }
    }
}
