using GovernedAgents.Contracts;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Calls;

/// <summary>Finds a call for a visitor; one that may not be seen is one that is not there.</summary>
public sealed class CallLookup(IReadModel readModel)
{
    public async Task<CallSnapshot?> FindAsync(HttpContext http, string id) =>
        Ids.Fits("call_", id) && await readModel.FindCallAsync(id, http.RequestAborted) is { } call && http.Visitor().Sees(call) ? call : null;

    public static IResult NoSuch(string id) => Problems.NotFound($"There is no call '{id}'.");
}
