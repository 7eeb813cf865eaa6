using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Identity;

/// <summary>Who sent a request, as its verified token says: a person, or a session.</summary>
public abstract record Caller
{
    private Caller() { }

    public sealed record OfPerson(Principal Principal, Access Roles) : Caller
    {
        /// <summary>The agent that the token lets act for its subject; null for a token of the person alone, empty for one that is neither.</summary>
        public string? Agent { get; init; }
    }

    /// <param name="SessionId">The token stands for this session and nothing else.</param>
    public sealed record OfSession(string SessionId) : Caller;

    /// <summary>What this caller may be admitted as.</summary>
    public Access Standing => this switch
    {
        // Never both: what an agent holds is no credential of the person.
        OfPerson { Agent: { } agent } => agent.Length > 0 ? Access.Delegated : Access.None,
        OfPerson person => person.Roles,
        OfSession => Access.Session,
        _ => Access.None,
    };
}
