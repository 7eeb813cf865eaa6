using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Identity;

/// <summary>Who sent a request, as its verified token says: a person, or a session.</summary>
public abstract record Caller
{
    private Caller() { }

    public sealed record OfPerson(Principal Principal, Access Roles) : Caller;

    /// <param name="SessionId">The token stands for this session and nothing else.</param>
    public sealed record OfSession(string SessionId) : Caller;

    /// <summary>What this caller may be admitted as.</summary>
    public Access Standing => this switch
    {
        OfPerson person => person.Roles,
        OfSession => Access.Session,
        _ => Access.None,
    };
}
