using GovernedAgents.Contracts;
using GovernedAgents.Silo.Events;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Identity;

/// <summary>The caller of one request with the person behind it: what may be seen follows from it.</summary>
public sealed record Visitor
{
    public required Caller Caller { get; init; }
    /// <summary>Person id; null for a session, and for an account that the Directory does not list: nothing is that person's own.</summary>
    public string? Person { get; init; }
    public IReadOnlyList<string> Groups { get; init; } = [];
    /// <summary>For the record: the person, the account where there is no person, or <c>session:…</c>.</summary>
    public required string By { get; init; }

    public bool Is(Access role) => (Caller.Standing & role) != 0;
    public string? Session => (Caller as Caller.OfSession)?.SessionId;
    public bool Sees(SessionSnapshot session) => Is(Access.Operator | Access.Auditor) || Session == session.Id || (Is(Access.Developer) && Owns(session.Starter));
    public bool Owns(string starter) => Person is not null && Person == starter;

    /// <summary>A reviewer sees the calls whose review has a place for this person.</summary>
    public bool Sees(CallSnapshot call) => Is(Access.Operator | Access.Auditor) || Session == call.Session || (Is(Access.Developer) && Owns(call.Starter))
        || (Is(Access.Reviewer) && call.Approval is { } approval && approval.Needed.Any(slot => slot.From.Any(Fits)));

    /// <summary>Of an event, whoever may read what it is about.</summary>
    public bool Sees(GovernanceEvent occurred) => Is(Access.Operator | Access.Auditor) || occurred.Type switch
    {
        "call.updated" => Session == occurred.Session || (Is(Access.Developer) && Owns(occurred.Starter!)) || (Is(Access.Reviewer) && occurred.Slots.Any(slot => slot.From.Any(Fits))),
        "session.updated" => Session == occurred.Session || (Is(Access.Developer) && Owns(occurred.Starter!)),
        "approval.requested" or "approval.updated" => Is(Access.Reviewer),
        "environment.updated" => Is(Access.AnyRole),
        _ => false,
    };

    private bool Fits(string from) => from.StartsWith("group:", StringComparison.Ordinal) ? Groups.Contains(from["group:".Length..])
        : from.StartsWith("person:", StringComparison.Ordinal) && Person is not null && from["person:".Length..] == Person;
}

/// <summary>Finds out who a caller is, and refuses who was disabled.</summary>
public sealed class Visitors(IPeople people)
{
    public Bound<Visitor> Of(HttpContext http)
    {
        var caller = http.Caller();
        if (caller is Caller.OfSession session) return new Visitor { Caller = caller, By = "session:" + session.SessionId };
        var principal = ((Caller.OfPerson)caller).Principal;
        var standing = people.Resolve(principal);
        if (standing?.Disabled == true) return Bound.Refused<Visitor>(Problems.Forbidden($"'{standing.Person}' is disabled in the Directory."));
        return new Visitor { Caller = caller, Person = standing?.Person, Groups = standing?.Groups ?? [], By = standing?.Person ?? $"{principal.Issuer}#{principal.Subject}" };
    }
}
