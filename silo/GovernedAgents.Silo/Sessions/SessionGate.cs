using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Sessions;

/// <summary>A session's token outlives the session only to read: for anything new an ended session's token is no token (401).</summary>
public sealed class SessionGate(IGrainFactory grains)
{
    /// <summary>Null when the caller is a person, or a session that has not ended.</summary>
    public async Task<IResult?> RefuseEndedAsync(Visitor visitor)
    {
        if (visitor.Session is not { } id) return null;
        var session = Ids.Fits("ses_", id) ? await grains.GetGrain<IAgentSessionGrain>(id).ReadAsync() : null;
        return session switch
        {
            null => AccessProblems.Unauthenticated("The token's session is not known here."),
            { State: SessionStatus.Ended } => AccessProblems.Unauthenticated("The token's session has ended: start a new one."),
            _ => null,
        };
    }
}
