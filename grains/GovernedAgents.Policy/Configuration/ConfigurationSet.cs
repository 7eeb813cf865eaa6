namespace GovernedAgents.Policy.Configuration;

/// <summary>Every valid definition, by kind and name.</summary>
public sealed record ConfigurationSet
{
    public IReadOnlyDictionary<string, AgentDefinition> Agents { get; init; } = new Dictionary<string, AgentDefinition>();
    /// <summary>At most one.</summary>
    public IReadOnlyDictionary<string, DirectoryDefinition> Directories { get; init; } = new Dictionary<string, DirectoryDefinition>();
    public IReadOnlyDictionary<string, EnvironmentDefinition> Environments { get; init; } = new Dictionary<string, EnvironmentDefinition>();
    public IReadOnlyDictionary<string, PolicyDefinition> Policies { get; init; } = new Dictionary<string, PolicyDefinition>();
    /// <summary>Examples for <c>gov policy test</c>; nothing else asks for them.</summary>
    public IReadOnlyDictionary<string, PolicyTestDefinition> PolicyTests { get; init; } = new Dictionary<string, PolicyTestDefinition>();
    /// <summary>Source text of each document by <c>Kind/name</c>: <c>Policy/production</c>.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();

    /// <summary>The Directory, or null when people come from tokens alone.</summary>
    public DirectoryDefinition? Directory => Directories.Values.FirstOrDefault();
}

/// <summary>Either a set (and no problems) or every problem of every file.</summary>
public sealed record ConfigurationResult
{
    public ConfigurationSet? Set { get; init; }
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];
    /// <summary>What is in force though it is probably not meant.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings { get; init; } = [];
}
