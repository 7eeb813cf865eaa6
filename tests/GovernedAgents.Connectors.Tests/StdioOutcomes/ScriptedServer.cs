using System.Runtime.CompilerServices;
using System.Text.Json;
using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GovernedAgents.Connectors.Tests.StdioOutcomes;

/// <summary>The connector under test in front of <c>scripted-server.mjs</c>, in a folder of its own.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    public const string Secret = "s3cr3t-äö-value";
    public static readonly string Script = Path.Combine(Folder(), "scripted-server.mjs");

    private ScriptedServer(string root, IConnector connector, CapturedLog log) => (Root, Connector, Log) = (root, connector, log);

    public string Root { get; }
    public IConnector Connector { get; }
    public CapturedLog Log { get; }
    private bool KeepsFolder { get; init; }

    public static async Task<ScriptedServer> StartAsync(TimeProvider? time = null, Func<ConnectorSettings, ConnectorSettings>? change = null, string? root = null, Acceptance? acceptance = null)
    {
        var keeps = root is not null;
        root ??= Directory.CreateTempSubdirectory("ga-mcp-").FullName;
        await File.WriteAllTextAsync(Path.Combine(root, "token"), Secret + "\n");
        var settings = new ConnectorSettings
        {
            Environment = "prod",
            Name = "s",
            Kind = "mcp",
            Command = "node",
            Args = [Script],
            WorkingDirectory = root,
            StatePath = Path.Combine(root, "state"),
            Acceptance = acceptance,
            SecretFiles = new Dictionary<string, string> { ["TOKEN"] = Path.Combine(root, "token") },
            Effects = new Dictionary<string, EffectClass> { ["echo"] = EffectClass.Read, ["changing"] = EffectClass.Mutate },
            Resource = new Dictionary<string, string> { ["echo"] = "/target/0" },
        };
        var log = new CapturedLog();
        using var logging = LoggerFactory.Create(build => build.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        var connector = new McpConnectorFactory(time ?? TimeProvider.System, logging).Create(change?.Invoke(settings) ?? settings);
        await connector.StartAsync(TestContext.Current.CancellationToken);
        return new(root, connector, log) { KeepsFolder = keeps };
    }

    public ToolDescription Tool(string bare) => Connector.Tools["s." + bare];

    public Task<ExecutionOutcome> CallAsync(string bare, string arguments = "{}", EffectClass? effect = null, Func<bool>? beforeSend = null, ToolDescription? tool = null)
    {
        tool ??= Tool(bare);
        return Connector.ExecuteAsync(new()
        {
            CallId = "call_1",
            Tool = tool,
            Arguments = JsonDocument.Parse(arguments).RootElement,
            Effect = effect ?? tool.Effect,
            BeforeSend = beforeSend ?? (() => true),
        }, TestContext.Current.CancellationToken);
    }

    /// <summary>The text of a call that succeeds, asked again until it does (the server may be on its way up).</summary>
    public async Task<string> TextAsync(string bare, string arguments = "{}")
    {
        ExecutionOutcome? outcome = null;
        await UntilAsync($"{bare} succeeds", async () => (outcome = await CallAsync(bare, arguments)).Kind == OutcomeKind.Succeeded);
        return JsonDocument.Parse(outcome!.ResultJson!).RootElement.GetProperty("content")[0].GetProperty("text").GetString()!;
    }

    public static async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"Waited 30 s in vain: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        if (!KeepsFolder) Directory.Delete(Root, recursive: true);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
