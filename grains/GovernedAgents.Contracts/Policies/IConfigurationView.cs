namespace GovernedAgents.Contracts;

/// <summary>The names of what is active now, each list in ordinal order. Answers from memory.</summary>
public interface IConfigurationView
{
    IReadOnlyList<string> AgentNames { get; }
    IReadOnlyList<string> EnvironmentNames { get; }
    IReadOnlyList<string> PolicyNames { get; }
}
