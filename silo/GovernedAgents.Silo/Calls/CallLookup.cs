using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Calls;

/// <summary>Finds a call for a visitor; one that may not be seen is one that is not there.</summary>
public sealed class CallLookup(IReadModel readModel)
{
    public async Task<CallSnapshot?> FindAsync(HttpContext http, string id) =>
        Ids.Fits("call_", id) && await readModel.FindCallAsync(id, http.RequestAborted) is { } call && http.Visitor().Sees(call) ? call : null;

    /// <summary>What of these the visitor may see. What a filter cannot express (a reviewer's places) is left out of the page; its cursor goes on regardless.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public async Task<Page<CallSnapshot>> ListAsync(Visitor visitor, CallFilter filter, PageRequest page, CancellationToken cancellation)
    {
        if (visitor.Session is { } self)
        {
            if (filter.Session is { } other && other != self) return new([], null);
            filter = filter with { Session = self };
        }
        else if (!visitor.Is(Access.Operator | Access.Auditor | Access.Reviewer))
        {
            if (visitor.Person is null) return new([], null);
            filter = filter with { Starter = visitor.Person };
        }

        var found = await readModel.ListCallsAsync(filter, page, cancellation);
        return found with { Items = [.. found.Items.Where(visitor.Sees)] };
    }

    public static IResult NoSuch(string id) => Problems.NotFound($"There is no call '{id}'.");
}
