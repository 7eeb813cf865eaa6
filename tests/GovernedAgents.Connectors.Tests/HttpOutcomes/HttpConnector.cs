using System.Text.Json;
using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Connectors.Tests.StdioOutcomes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GovernedAgents.Connectors.Tests.HttpOutcomes;

/// <summary>The connector under test in front of a server of the test's choice.</summary>
internal sealed class HttpConnector : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ga-mcp-http-").FullName;

    private HttpConnector()
    {
    }

    public IConnector Connector { get; private set; } = null!;
    public CapturedLog Log { get; } = new();
    public string TokenFile => Path.Combine(_root, "token");

    public static async Task<HttpConnector> StartAsync(string url, Func<ConnectorSettings, ConnectorSettings>? change = null, string token = "Bearer " + McpHttpServer.Token)
    {
        var it = new HttpConnector();
        await File.WriteAllTextAsync(it.TokenFile, token + "\n");
        var settings = new ConnectorSettings
        {
            Environment = "prod", Name = "s", Kind = "mcp", Transport = "http", Url = url, WorkingDirectory = it._root, StatePath = Path.Combine(it._root, "state"),
            SecretFiles = new Dictionary<string, string> { ["Authorization"] = it.TokenFile }, Timeout = TimeSpan.FromSeconds(20),
            Effects = new Dictionary<string, EffectClass> { ["echo"] = EffectClass.Mutate },
        };
        using var logging = LoggerFactory.Create(build => build.SetMinimumLevel(LogLevel.Trace).AddProvider(it.Log));
        it.Connector = new McpConnectorFactory(TimeProvider.System, logging).Create(change?.Invoke(settings) ?? settings);
        await it.Connector.StartAsync(TestContext.Current.CancellationToken);
        return it;
    }

    public ToolDescription Tool(string bare) => Connector.Tools["s." + bare];

    public Task<ExecutionOutcome> CallAsync(string bare, EffectClass? effect = null, Func<bool>? beforeSend = null, string arguments = "{}", ToolDescription? tool = null)
    {
        tool ??= Tool(bare);
        return Connector.ExecuteAsync(new()
        {
            CallId = "call_1", Tool = tool, Arguments = JsonDocument.Parse(arguments).RootElement, Effect = effect ?? tool.Effect, BeforeSend = beforeSend ?? (() => true),
        }, TestContext.Current.CancellationToken);
    }

    /// <summary>Until the server is connected again.</summary>
    public Task BackAsync(string tool = "echo") => ScriptedServer.UntilAsync("the server is connected", async () => Connector.Tools.ContainsKey("s." + tool) && (await CallAsync(tool)).Kind == OutcomeKind.Succeeded);

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
