using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Benchmarks;

/// <summary>One reading tool that does nothing: what is left is the gate's own cost.</summary>
internal sealed class IdleConnector : IConnector, IConnectorFactory
{
    private const string Schema = """{"additionalProperties":false,"properties":{"id":{"type":"string"}},"type":"object"}""";
    private static readonly ExecutionOutcome Nothing = new() { Kind = OutcomeKind.Succeeded };

    public string Kind => "http";
    public IReadOnlyDictionary<string, ToolDescription> Tools { get; } = new Dictionary<string, ToolDescription> { ["t.read"] = Read() };

    public IConnector Create(ConnectorSettings settings) => this;
    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    public CallClassification Classify(ToolDescription tool, JsonElement arguments) => new("idle:read", "", EffectClass.Read);
    public Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation) => Task.FromResult<CallPreview?>(null);
    public Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation) => Task.FromResult<ExecutionOutcome?>(null);

    public Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation) =>
        Task.FromResult(request.BeforeSend() ? Nothing : new ExecutionOutcome { Kind = OutcomeKind.NotStarted, ErrorSlug = "start-lease-expired", ErrorDetail = "Not sent." });

    private static ToolDescription Read()
    {
        using var schema = JsonDocument.Parse(Schema);
        return new ToolDescription
        {
            Name = "t.read", InputSchemaJson = Schema, Effect = EffectClass.Read, Connector = "idle", SchemaHash = ToolSchemaHash.Compute("t.read", "", schema.RootElement),
        };
    }
}
