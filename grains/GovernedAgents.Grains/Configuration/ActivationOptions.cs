namespace GovernedAgents.Grains.Configuration;

/// <summary>How a changed configuration file comes into force (<c>Governance:Config:Activation</c>), and what executions may take.</summary>
public sealed class ActivationOptions
{
    /// <summary>True: at once, journaled. False: a changed file of a running document is not put into force.</summary>
    public bool Immediate { get; set; }

    /// <summary>Longest time between a journaled start and the request to the provider (<c>Governance:StartLease</c>).</summary>
    public TimeSpan StartLease { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The folder of the YAML files; local tool servers run there.</summary>
    public string ConfigPath { get; set; } = "./config";

    /// <summary>The host's account for local tool servers (<c>Governance:ToolServers:User</c>); null: the silo's own.</summary>
    public string? ToolServerUser { get; set; }

    /// <summary>Embedded storage, keys, connector state.</summary>
    public string DataPath { get; set; } = "./data";
}
