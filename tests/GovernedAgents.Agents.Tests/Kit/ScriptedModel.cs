using System.ClientModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using OpenAI;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>An OpenAI-compatible endpoint in a process of its own (aimock) that answers by a script: what a model that was deceived, or that is plainly wrong, asks for.</summary>
public sealed class ScriptedModel : IAsyncDisposable
{
    private readonly Process _process;
    private const string OwnScript = "governedagents-script-";
    private readonly string _script;

    private ScriptedModel(Process process, string script, Uri address) => (_process, _script, Address) = (process, script, address);

    /// <summary>With the path <c>/v1</c>.</summary>
    public Uri Address { get; }

    /// <param name="fixtures">In aimock's form: <c>{match, response}</c>, the first that matches answers.</param>
    public static async Task<ScriptedModel> StartAsync(params JsonNode[] fixtures)
    {
        var script = Path.Combine(Path.GetTempPath(), $"{OwnScript}{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(script, new JsonObject { ["fixtures"] = new JsonArray(fixtures) }.ToJsonString(), TestContext.Current.CancellationToken);
        return await StartAsync(script);
    }

    /// <param name="script">A file in aimock's form.</param>
    public static async Task<ScriptedModel> StartAsync(string script)
    {
        var port = FreePort();
        var process = Npm.Start(Path.Combine(Npm.Modules, "@copilotkit", "aimock", "dist", "cli.js"), ["-p", $"{port}", "-f", script, "--strict", "--log-level", "warn"],
            new Dictionary<string, string> { ["AIMOCK_STRICT_TURN_INDEX"] = "1" });
        var model = new ScriptedModel(process, script, new Uri($"http://127.0.0.1:{port}/v1"));
        await model.UpAsync(port);
        return model;
    }

    /// <summary>Answers the first turn after this user message with calls of tools.</summary>
    public static JsonNode Asks(string user, int turn, params (string Tool, string Arguments)[] calls) => new JsonObject
    {
        ["match"] = new JsonObject { ["userMessage"] = user, ["turnIndex"] = turn },
        ["response"] = new JsonObject { ["toolCalls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject { ["name"] = call.Tool, ["arguments"] = JsonNode.Parse(call.Arguments) })]) },
    };

    /// <summary>Answers a tool's result that contains this text.</summary>
    public static JsonNode SaysAfter(string toolResult, string text) => new JsonObject
    {
        ["match"] = new JsonObject { ["toolResultContains"] = toolResult }, ["response"] = new JsonObject { ["content"] = text },
    };

    public IChatClient Chat() => new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = Address }).GetChatClient("gpt-4o").AsIChatClient();

    private async Task UpAsync(int port)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException("aimock ended: " + await _process.StandardError.ReadToEndAsync(limit.Token));
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        // A script that was handed in stays: it is the caller's.
        if (Path.GetFileName(_script).StartsWith(OwnScript, StringComparison.Ordinal)) File.Delete(_script);
    }
}
