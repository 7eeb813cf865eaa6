using System.Text.Json;
using GovernedAgents.Connectors.Aws;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>The same cloud with its key in hand and no gate: sets the world up, looks what became of it, and shows that what the agent wanted does hurt.</summary>
internal sealed class Hands : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("governed-hands-").FullName;
    private readonly IConnector _cloud;
    private int _calls;

    public Hands(MotoServer moto)
    {
        File.WriteAllText(Path.Combine(_folder, "id"), moto.KeyId);
        File.WriteAllText(Path.Combine(_folder, "secret"), moto.Secret);
        _cloud = new AwsConnectorFactory(TimeProvider.System).Create(new ConnectorSettings
        {
            Environment = "ungoverned", Name = "cloud", Kind = AwsConnectorFactory.KindName, Url = moto.Url, WorkingDirectory = _folder, StatePath = _folder,
            SecretFiles = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "id", ["AWS_SECRET_ACCESS_KEY"] = "secret" },
            Options = new Dictionary<string, string> { ["role"] = MotoServer.Role, ["regions"] = MotoServer.Region },
        });
    }

    public async Task<ExecutionOutcome> TryAsync(string service, string action, object parameters) => await _cloud.ExecuteAsync(new ExecutionRequest
    {
        CallId = $"hands-{Interlocked.Increment(ref _calls)}", Tool = _cloud.Tools["cloud.call"], Effect = EffectClass.Destroy, BeforeSend = () => true,
        Arguments = JsonSerializer.SerializeToElement(new { service, action, region = MotoServer.Region, parameters }),
    }, CancellationToken.None);

    /// <summary>The result of a call that must succeed.</summary>
    public async Task<JsonElement> DoAsync(string service, string action, object parameters)
    {
        var outcome = await TryAsync(service, action, parameters);
        Assert.True(outcome.Kind == OutcomeKind.Succeeded, $"{service}:{action}: {outcome.Kind} {outcome.ErrorSlug} {outcome.ErrorDetail}");
        return JsonDocument.Parse(outcome.ResultJson!).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
