using GovernedAgents.Policy;
using Orleans;

namespace GovernedAgents.Contracts;

/// <summary>
/// A kind of cloud behind the gate. One instance serves one <c>tools:</c> entry of one environment. Implementations are thread-safe,
/// hold the credentials, never log or return them, and never start an effect except in <see cref="ExecuteAsync"/>.
/// </summary>
public interface IConnector : IAsyncDisposable
{
    /// <summary>Brings the tools up. A connector that cannot start keeps trying on its own; meanwhile <see cref="Tools"/> is what it knows.</summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>The tools that may be called now, by full name (<c>files.write_file</c>), and those held back with the reason.</summary>
    IReadOnlyDictionary<string, ToolDescription> Tools { get; }

    /// <summary>What this call would do. Pure: no I/O. The pin of the configuration is already taken into account.</summary>
    CallClassification Classify(ToolDescription tool, System.Text.Json.JsonElement arguments);

    /// <summary>
    /// What is wrong with these arguments beyond the tool's schema, by JSON pointer into them; empty when nothing is. A call with faults is refused before it is judged.
    /// No I/O beyond the connector's own small local files.
    /// </summary>
    IReadOnlyList<FieldError> Check(ToolDescription tool, System.Text.Json.JsonElement arguments) => [];

    /// <summary>How long a preview, a fingerprint or a reconciliation may take before it is given up; at most 2 min. A preview keeps the agent's request waiting.</summary>
    TimeSpan LookLimit => TimeSpan.FromSeconds(10);

    /// <summary>What would happen, for the reviewer's card; null when the connector cannot tell.</summary>
    Task<CallPreview?> PreviewAsync(ToolDescription tool, System.Text.Json.JsonElement arguments, CancellationToken cancellation);

    /// <summary>The preview's <see cref="CallPreview.Fingerprint"/> as it would be now, asked before an approved call starts. Null, or another one than the reviewers saw, voids the approval.</summary>
    async Task<string?> FingerprintAsync(ToolDescription tool, System.Text.Json.JsonElement arguments, CancellationToken cancellation) =>
        (await PreviewAsync(tool, arguments, cancellation).ConfigureAwait(false))?.Fingerprint;

    /// <summary>
    /// Runs the call. Calls <see cref="ExecutionRequest.BeforeSend"/> immediately before the first byte leaves; false means: send nothing and answer
    /// <see cref="OutcomeKind.NotStarted"/>. Never throws for what the other side did: every end is an <see cref="ExecutionOutcome"/>.
    /// </summary>
    Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation);

    /// <summary>Looks up whether a call whose end is unknown took effect; null when the connector cannot tell.</summary>
    Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation);
}

/// <summary>Makes connectors of one kind (<c>mcp</c>, …). The silo finds it by this interface: a new kind is one folder.</summary>
public interface IConnectorFactory
{
    /// <summary>The <c>connector:</c> value that it serves.</summary>
    string Kind { get; }
    /// <summary>Never starts anything.</summary>
    IConnector Create(ConnectorSettings settings);
}

/// <summary>One <c>tools:</c> entry of an environment, as configured.</summary>
public sealed record ConnectorSettings
{
    public required string Environment { get; init; }
    /// <summary>Prefix of its tools.</summary>
    public required string Name { get; init; }
    public required string Kind { get; init; }
    public string Transport { get; init; } = "stdio";
    public string? Command { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Url { get; init; }
    /// <summary>Environment variable (or header) → file that holds the value.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles { get; init; } = new Dictionary<string, string>();
    /// <summary>Environment variable (or header) → variable of the silo's own environment that holds the value.</summary>
    public IReadOnlyDictionary<string, string> SecretVariables { get; init; } = new Dictionary<string, string>();
    /// <summary>Execution deadline of one call.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
    public IReadOnlyList<string> Include { get; init; } = ["*"];
    /// <summary>Tool (without prefix) → pinned class.</summary>
    public IReadOnlyDictionary<string, EffectClass> Effects { get; init; } = new Dictionary<string, EffectClass>();
    /// <summary>Tool (without prefix) → JSON pointer of the resource.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; init; } = new Dictionary<string, string>();
    /// <summary>What only this kind of connector knows. A factory refuses names that it does not know.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
    /// <summary>The configuration folder: local servers run there.</summary>
    public required string WorkingDirectory { get; init; }
    /// <summary>The host's account for local servers; null: the silo's own.</summary>
    public string? RunAs { get; init; }
    /// <summary>A folder of the connector's own for what must survive a restart of this silo.</summary>
    public required string StatePath { get; init; }
    /// <summary>Asked for the schema hashes that are accepted; null: whatever this connector finds first.</summary>
    public IToolAcceptance? Acceptance { get; init; }
}

/// <summary>A tool as the registry offers it.</summary>
[GenerateSerializer, Immutable, Alias("ga.ToolDescription")]
public sealed record ToolDescription
{
    /// <summary>Full name, <c>files.write_file</c>.</summary>
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public string Description { get; init; } = "";
    /// <summary>Canonical JSON of the input schema.</summary>
    [Id(2)] public required string InputSchemaJson { get; init; }
    /// <summary><c>sha256:</c> + hex of the canonical form of {name, description, inputSchema}.</summary>
    [Id(3)] public required string SchemaHash { get; init; }
    /// <summary>The class that a call has at least.</summary>
    [Id(4)] public required EffectClass Effect { get; init; }
    /// <summary>The connector's kind.</summary>
    [Id(5)] public required string Connector { get; init; }
    /// <summary>Why it cannot be called (quarantined schema, unsupported keyword); null when it can.</summary>
    [Id(6)] public string? HeldBack { get; init; }
}

public sealed record CallClassification(string Action, string Resource, EffectClass Effect);

[GenerateSerializer, Immutable, Alias("ga.CallPreview")]
public sealed record CallPreview
{
    [Id(0)] public required string Summary { get; init; }
    [Id(1)] public int Creates { get; init; }
    [Id(2)] public int Updates { get; init; }
    [Id(3)] public int Replaces { get; init; }
    [Id(4)] public int Deletes { get; init; }
    [Id(5)] public IReadOnlyList<string> Items { get; init; } = [];
    /// <summary>Fingerprint of the target's state, compared again at the start; null when there is none.</summary>
    [Id(6)] public string? Fingerprint { get; init; }
}

public sealed record ExecutionRequest
{
    public required string CallId { get; init; }
    public required ToolDescription Tool { get; init; }
    public required System.Text.Json.JsonElement Arguments { get; init; }
    public required EffectClass Effect { get; init; }
    /// <summary>The last check (start lease, control epoch) immediately before sending.</summary>
    public required Func<bool> BeforeSend { get; init; }
}

[GenerateSerializer, Alias("ga.OutcomeKind")]
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<OutcomeKind>))]
public enum OutcomeKind
{
    /// <summary>The tool said that it worked.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("succeeded")] Succeeded,
    /// <summary>The tool said that it failed, or the request certainly had no effect.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("failed")] Failed,
    /// <summary>The effect may have happened.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("unknown")] Unknown,
    /// <summary>Certainly nothing was sent.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("not_started")] NotStarted,
}

[GenerateSerializer, Immutable, Alias("ga.ExecutionOutcome")]
public sealed record ExecutionOutcome
{
    [Id(0)] public required OutcomeKind Kind { get; init; }
    /// <summary>JSON of the tool's answer, already redacted and cut at 1 MiB; null when there was none.</summary>
    [Id(1)] public string? ResultJson { get; init; }
    /// <summary>For failed, unknown and not started: a slug such as <c>tool-error</c>, <c>timeout</c>, <c>connection-lost</c>, <c>start-lease-expired</c>.</summary>
    [Id(2)] public string? ErrorSlug { get; init; }
    [Id(3)] public string? ErrorDetail { get; init; }
}
