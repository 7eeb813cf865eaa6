using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Console.Approvals;

/// <summary>Earlier calls of the same action in the same environment and how they ended: beside the card, never part of what is voted on.</summary>
public sealed class Similar(IReadModel readModel)
{
    private const int Shown = 5, Looked = 200;

    /// <summary>At most five, newest first, of the environment's newest 200 calls.</summary>
    public async Task<IReadOnlyList<CallSnapshot>> ToAsync(CallSnapshot call, CancellationToken cancellation)
    {
        var page = await readModel.ListCallsAsync(new CallFilter { Environment = call.Environment }, new PageRequest(Looked, null), cancellation);
        return [.. page.Items.Where(other => other.Id != call.Id && other.Action == call.Action && other.State is not (CallStatus.PendingReview or CallStatus.DryRun)).Take(Shown)];
    }
}
