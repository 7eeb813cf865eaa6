namespace GovernedAgents.Silo.Identity;

/// <summary>Who an endpoint admits. Roles do not imply one another.</summary>
[Flags]
public enum Access
{
    None = 0,
    Developer = 1,
    Reviewer = 2,
    Operator = 4,
    Auditor = 8,
    /// <summary>A session's own token.</summary>
    Session = 16,
    /// <summary>An OAuth access token that lets an agent act for its subject: scope <c>mcp:tools</c> and the claim <c>agent</c>.</summary>
    Delegated = 32,
    AnyRole = Developer | Reviewer | Operator | Auditor,
}
