using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Connectors.Aws;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Tests.Kit;
using Xunit;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>A connector with its key files in a folder of its own.</summary>
internal sealed class Cloud : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aws-connector-").FullName;
    private int _calls;

    public Cloud(string url, string role, string keyId, string secret, TimeSpan? timeout = null, IReadOnlyDictionary<string, EffectClass>? pins = null)
    {
        File.WriteAllText(Path.Combine(_folder, "id"), keyId + "\n");
        File.WriteAllText(Path.Combine(_folder, "secret"), secret + "\n");
        Connector = new AwsConnectorFactory(TimeProvider.System).Create(new ConnectorSettings
        {
            Environment = "cost-explorer-cn-prod", Name = "cloud", Kind = "aws", Url = url, WorkingDirectory = _folder, StatePath = Path.Combine(_folder, "state"),
            SecretFiles = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "id", ["AWS_SECRET_ACCESS_KEY"] = "secret" },
            Options = new Dictionary<string, string> { ["role"] = role, ["regions"] = "cn-north-1, cn-northwest-1" },
            Timeout = timeout ?? TimeSpan.FromSeconds(20), Effects = pins ?? new Dictionary<string, EffectClass>(),
        });
    }

    public static Cloud On(MotoServer moto) => new(moto.Url, MotoServer.Role, moto.KeyId, moto.Secret);

    public IConnector Connector { get; }
    public ToolDescription Tool => Connector.Tools["cloud.call"];

    public static JsonElement Arguments(string service, string action, object? parameters = null) => JsonSerializer.SerializeToElement(new { service, action, region = "cn-north-1", parameters = parameters ?? new { } });

    public CallClassification Classify(string service, string action, object? parameters = null) => Connector.Classify(Tool, Arguments(service, action, parameters));

    public Task<ExecutionOutcome> CallAsync(string service, string action, object? parameters = null, Func<bool>? beforeSend = null, string? callId = null)
    {
        var arguments = Arguments(service, action, parameters);
        var faults = Connector.Check(Tool, arguments);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        return Connector.ExecuteAsync(new ExecutionRequest
        {
            CallId = callId ?? $"call-{Interlocked.Increment(ref _calls)}", Tool = Tool, Arguments = arguments, Effect = Connector.Classify(Tool, arguments).Effect, BeforeSend = beforeSend ?? (() => true),
        }, CancellationToken.None);
    }

    /// <summary>The result of a call that must succeed.</summary>
    public async Task<JsonNode> DoAsync(string service, string action, object? parameters = null)
    {
        var outcome = await CallAsync(service, action, parameters);
        Assert.True(outcome.Kind == OutcomeKind.Succeeded, $"{service}:{action}: {outcome.Kind} {outcome.ErrorSlug} {outcome.ErrorDetail}");
        return JsonNode.Parse(outcome.ResultJson!)!;
    }

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
