using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Approvals;

/// <summary>Whose quorums agree to a changed document: those of the policies in force where it reaches.</summary>
public static class DocumentReviewers
{
    /// <summary>
    /// An Environment's own policy; a new one's and the Directory's: every policy that is used; an Agent's: those of the environments that it may enter, before or after. In ordinal order.
    /// </summary>
    /// <param name="kind"><c>Environment</c>, <c>Agent</c> or <c>Directory</c>.</param>
    /// <param name="running">Canonical form in force; null: none yet.</param>
    /// <param name="next">Canonical form that is proposed.</param>
    /// <param name="environments">Those in force.</param>
    public static IReadOnlyList<string> PoliciesOf(string kind, string? running, string next, IReadOnlyList<EnvironmentDefinition> environments)
    {
        var reached = kind switch
        {
            "Environment" when running is not null => [EnvironmentDefinition.FromCanonicalJson(running)],
            "Agent" => Enterable(running, next, environments),
            _ => environments,
        };
        return [.. reached.Select(environment => environment.Policy).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<EnvironmentDefinition> Enterable(string? running, string next, IReadOnlyList<EnvironmentDefinition> environments)
    {
        var globs = new[] { running, next }.OfType<string>().SelectMany(json => AgentDefinition.FromCanonicalJson(json).Environments).Distinct(StringComparer.Ordinal).Select(Glob.Parse).ToList();
        return environments.Where(environment => globs.Exists(glob => glob.IsMatch(environment.Name)));
    }
}
