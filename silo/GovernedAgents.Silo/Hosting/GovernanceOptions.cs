using GovernedAgents.Silo.Cluster;

namespace GovernedAgents.Silo.Hosting;

/// <summary>
/// The host's settings, checked once at the start. Each is read from <c>appsettings.json</c>, the environment (<c>Governance__DataPath</c>) or the command line.
/// Made by <see cref="GovernanceSettings.Read"/>; immutable afterwards.
/// </summary>
public sealed record GovernanceOptions
{
    /// <summary><c>Governance:DataPath</c>: embedded storage and local keys. Absolute.</summary>
    public required string DataPath { get; init; }
    /// <summary><c>Governance:ConfigPath</c>: the folder of YAML files. Absolute.</summary>
    public required string ConfigPath { get; init; }
    /// <summary><c>Governance:KeysPath</c>: keys of the installation, in a cluster the same for every silo. Absolute; default <c>DataPath/keys</c>.</summary>
    public required string KeysPath { get; init; }
    /// <summary><c>Governance:Storage:ConnectionString</c>: the cluster's PostgreSQL database; null on the embedded default.</summary>
    public string? Database { get; init; }
    /// <summary><c>Governance:Cluster</c>; read with a database.</summary>
    public required SiloAddressOptions Cluster { get; init; }
    /// <summary><c>Governance:DrainDelay</c>, 0 to 1 min, default 5 s in a cluster, else 0: how long a silo that is told to stop still takes requests.</summary>
    public required TimeSpan DrainDelay { get; init; }
    public required IdentityOptions Identity { get; init; }
    /// <summary><c>Governance:Config:Activation</c>: true (<c>immediate</c>) makes changed files active at once. Default: in Development.</summary>
    public required bool ActivateImmediately { get; init; }
    /// <summary><c>Governance:Checkpoints:Path</c>: outside place of checkpoints. Default <c>DataPath/checkpoints</c>.</summary>
    public required string CheckpointsPath { get; init; }
    /// <summary><c>Governance:Checkpoints:KeyPath</c>: signing key, PEM. Default <c>DataPath/keys/checkpoint.pem</c>.</summary>
    public required string CheckpointKeyPath { get; init; }
    /// <summary><c>Governance:StartLease</c>, 100 ms to 1 min, default 3 s: longest time between a journaled start and the request to the provider.</summary>
    public required TimeSpan StartLease { get; init; }
    /// <summary><c>urls</c>: the API and console.</summary>
    public required IReadOnlyList<ListenAddress> ApiAddresses { get; init; }
    /// <summary><c>Governance:ManagementUrls</c>: health, metrics and the dashboard.</summary>
    public required IReadOnlyList<ListenAddress> ManagementAddresses { get; init; }
    /// <summary><c>Governance:Dashboard</c>, default true: the Orleans Dashboard at <c>/dashboard</c> of the management address, for operators.</summary>
    public required bool Dashboard { get; init; }
    public required EdgeOptions Edge { get; init; }
    public ConsoleOptions Console { get; init; } = new();
    /// <summary><c>Governance:Mcp:Wait</c>, 0 to 60 s, default 20 s: how long an MCP answer is held while a call waits for its review; a client says otherwise with <c>Prefer: wait=N</c>.</summary>
    public required TimeSpan McpWait { get; init; }
    /// <summary><c>Governance:ToolServers:User</c>: the account of this host that local tool servers run as; default is the silo's own, which lets them read what it can read.</summary>
    public string? ToolServerUser { get; init; }
    /// <summary><c>Governance:PublicUrl</c>: the base of addresses in answers; default is what the request was sent to.</summary>
    public string? PublicUrl { get; init; }
}

public sealed record IdentityOptions
{
    /// <summary><c>Governance:Identity:Issuer</c>: required with a JWKS file; with an authority, its own by default.</summary>
    public string? Issuer { get; init; }
    /// <summary><c>Governance:Identity:Audience</c>, default <c>governedagents</c>.</summary>
    public required string Audience { get; init; }
    /// <summary><c>Governance:Identity:Authority</c>: OIDC discovery.</summary>
    public string? Authority { get; init; }
    /// <summary><c>Governance:Identity:JwksPath</c>: a JWKS file, read again when it changes.</summary>
    public string? JwksPath { get; init; }
    /// <summary><c>Governance:Identity:ClockSkew</c>, 0 to 5 min, default 30 s.</summary>
    public required TimeSpan ClockSkew { get; init; }
    /// <summary>Neither authority nor JWKS, in Development, all listeners on loopback: a key of the data folder.</summary>
    public bool UsesLocalKey { get; init; }
}

/// <summary>How people sign in to the web console. Without a client only the picker of a Development silo on loopback is there.</summary>
public sealed record ConsoleOptions
{
    /// <summary><c>Governance:Console:ClientId</c>: the console's client at <c>Governance:Identity:Authority</c>.</summary>
    public string? ClientId { get; init; }
    /// <summary><c>Governance:Console:ClientSecretFile</c>: absolute; none for a public client.</summary>
    public string? ClientSecretFile { get; init; }
    /// <summary><c>Governance:Console:Scopes</c>, space separated, default <c>openid profile</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["openid", "profile"];
}

/// <summary>How much the API takes on at once; what exceeds it is 503 with Retry-After.</summary>
public sealed record EdgeOptions
{
    /// <summary><c>Governance:Edge:MaxConcurrent</c>, default 512.</summary>
    public required int MaxConcurrent { get; init; }
    /// <summary><c>Governance:Edge:MaxQueued</c>, default 512.</summary>
    public required int MaxQueued { get; init; }
    /// <summary><c>Governance:Edge:MaxWaiting</c>, default 4096: requests that may hold for a call to change.</summary>
    public required int MaxWaiting { get; init; }
}
