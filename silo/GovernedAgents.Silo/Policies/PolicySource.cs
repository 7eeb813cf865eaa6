using GovernedAgents.Contracts;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Policies;

public sealed record PolicySourceRequest
{
    /// <summary>One document of kind Policy, YAML.</summary>
    [Length(1, 1024 * 1024)] public required string Source { get; init; }
}

public sealed record PolicyFinding(int Line, int Column, string Message);

/// <summary>What a source is as a policy.</summary>
public sealed record PolicyValidationBody
{
    public required bool Valid { get; init; }
    public string? Name { get; init; }
    /// <summary>Of a valid source.</summary>
    public string? Version { get; init; }
    public required IReadOnlyList<PolicyFinding> Problems { get; init; }
    public required IReadOnlyList<PolicyFinding> Warnings { get; init; }
}

/// <summary>Reads the one policy of a source.</summary>
internal static class PolicySource
{
    public static (PolicyDefinition? Policy, PolicyValidationBody Findings) Read(string source)
    {
        var read = ConfigurationReader.Read([new ConfigurationFile("source", source)]);
        var problems = read.Problems.Select(Finding).ToList();
        var policy = read.Set?.Policies.Values.FirstOrDefault();
        if (read.Set is { } set && (set.Policies.Count != 1 || set.Sources.Count != 1))
            problems.Add(new PolicyFinding(1, 1, $"The source holds {set.Sources.Count} documents; it must be one, of kind Policy."));
        if (problems.Count > 0) policy = null;
        return (policy, new PolicyValidationBody { Valid = policy is not null, Name = policy?.Name, Version = policy?.Version, Problems = problems, Warnings = [.. read.Warnings.Select(Finding)] });
    }

    /// <summary>All problems, each with its place in the source.</summary>
    public static IResult Refuse(PolicyValidationBody findings) => Problems.Of(new Refusal
    {
        Slug = "invalid-policy", Detail = $"The source has {findings.Problems.Count} problem(s). The first: line {findings.Problems[0].Line}, column {findings.Problems[0].Column}: {findings.Problems[0].Message}",
        Errors = [.. findings.Problems.Select(problem => new FieldError("/source", $"line {problem.Line}, column {problem.Column}: {problem.Message}"))],
    });

    private static PolicyFinding Finding(ConfigurationProblem problem) => new(problem.Line, problem.Column, problem.Message);
}
