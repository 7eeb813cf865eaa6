using System.Collections.Concurrent;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;

namespace GovernedAgents.Grains.Tests.Kit;

/// <summary>A connector in the test's hands: counts what it sent, ends calls when and how the test says.</summary>
internal sealed class ScriptedConnector : IConnector, IConnectorFactory
{
    private const string Schema = """{"additionalProperties":false,"properties":{"id":{"type":"string"}},"type":"object"}""";

    /// <summary>Call ids whose effect happened, in order.</summary>
    public ConcurrentQueue<string> Sent { get; } = new();
    public Func<ExecutionRequest, Task<ExecutionOutcome>> Answer { get; set; } = _ => Task.FromResult(new ExecutionOutcome { Kind = OutcomeKind.Succeeded, ResultJson = "{\"ok\":true}" });
    /// <summary>Held before the last check, so that a test can act between the journaled start and the sending.</summary>
    public Task BeforeLastCheck { get; set; } = Task.CompletedTask;

    /// <summary>What the target looks like to a preview; null: this connector has none.</summary>
    public string? Target { get; set; }

    public string Kind => "http";
    public IConnector Create(ConnectorSettings settings) => this;
    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;
    /// <summary>How often a use of it has ended.</summary>
    public int Disposed { get; private set; }

    public ValueTask DisposeAsync()
    {
        Disposed++;
        return ValueTask.CompletedTask;
    }

    public IReadOnlyDictionary<string, ToolDescription> Tools { get; set; } = new[] { ("read", EffectClass.Read), ("write", EffectClass.Mutate), ("delete", EffectClass.Destroy) }
        .Select(tool => new ToolDescription
        {
            Name = $"t.{tool.Item1}", InputSchemaJson = Schema, Effect = tool.Item2, Connector = "scripted",
            SchemaHash = ToolSchemaHash.Compute($"t.{tool.Item1}", "", JsonDocument.Parse(Schema).RootElement),
        }).ToDictionary(tool => tool.Name);

    public CallClassification Classify(ToolDescription tool, JsonElement arguments) => new($"scripted:{tool.Name}", "", tool.Effect);
    public Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation) => 
        Task.FromResult(Target is { } target ? new CallPreview { Summary = target, Deletes = 1, Fingerprint = "sha256:" + target } : null);
    public Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation) => Task.FromResult<ExecutionOutcome?>(null);

    public async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        await BeforeLastCheck;
        if (!request.BeforeSend()) return new ExecutionOutcome { Kind = OutcomeKind.NotStarted, ErrorSlug = "start-lease-expired", ErrorDetail = "Not sent." };
        Sent.Enqueue(request.CallId);
        return await Answer(request);
    }
}
