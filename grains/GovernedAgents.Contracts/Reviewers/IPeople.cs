using GovernedAgents.Policy;

namespace GovernedAgents.Contracts;

/// <summary>Which person an account is, by the active Directory, or by the account alone where there is none.</summary>
public interface IPeople
{
    /// <summary>Null when there is a Directory and it does not list the account.</summary>
    PersonStanding? Resolve(Principal principal);
}

public sealed record PersonStanding
{
    /// <summary>Person id; the same for all accounts of a person.</summary>
    public required string Person { get; init; }
    /// <summary>Without prefix (<c>sre</c>).</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
    public bool Disabled { get; init; }
    /// <summary>False: groups come from the token and stand until it expires.</summary>
    public bool FromDirectory { get; init; }
}
