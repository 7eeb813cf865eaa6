using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Sessions;

/// <summary>Who may change a session how, for the API and the console alike.</summary>
public sealed class SessionChanging(IGrainFactory grains)
{
    public async Task<Answer<SessionSnapshot>> ChangeAsync(Visitor visitor, string id, SessionChange change)
    {
        var grain = grains.GetGrain<IAgentSessionGrain>(id);
        var session = Ids.Fits("ses_", id) ? await grain.ReadAsync() : null;
        if (session is null || !(visitor.Is(Access.Operator) || visitor.Session == id || visitor.Owns(session.Starter))) return new Refusal { Slug = "not-found", Detail = $"There is no session '{id}'." };
        if (!change.AsOperator && change.Verb == SessionVerb.Resume && session.State == SessionStatus.Quarantined)
            return new Refusal { Slug = "forbidden", Detail = "The session is quarantined: only an operator resumes it." };
        if (!change.AsOperator && change.Verb == SessionVerb.SetTier && change.Tier > session.Tier)
            return new Refusal { Slug = "forbidden", Detail = $"Raising the tier from '{Answers.NameOf(session.Tier)}' to '{Answers.NameOf(change.Tier!.Value)}' takes an operator." };
        return await grain.ChangeAsync(change);
    }
}
