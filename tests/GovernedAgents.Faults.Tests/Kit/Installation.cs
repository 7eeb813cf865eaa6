using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>The folders and ports of one silo. They outlive its processes, so that a restart finds what was left.</summary>
internal sealed class Installation : IDisposable
{
    private static readonly string Output = typeof(Installation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "SiloOutput").Value!;

    /// <param name="cloudMilliseconds">How long the cloud takes before an effect.</param>
    /// <param name="answerMilliseconds">How long it takes from the effect to its answer.</param>
    /// <param name="timeoutSeconds">Execution deadline of one call.</param>
    public Installation(int cloudMilliseconds = 20, int answerMilliseconds = 0, int timeoutSeconds = 3)
    {
        Root = Directory.CreateTempSubdirectory("governed-faults-").FullName;
        Directory.CreateDirectory(Config);
        var server = Path.Combine(Output, "samples", "CostExplorerTools", "CostExplorerTools.dll");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Output, "Demo", "config"), "*.yaml"))
        {
            // The load is meant to reach the journal, and an outcome that never comes is to be judged soon.
            var lines = File.ReadAllLines(file).Where(line => !line.Contains("id: writes", StringComparison.Ordinal) && !line.Contains("id: deletes", StringComparison.Ordinal) && line.Trim() != "limits:");
            var text = string.Join('\n', lines)
                .Replace("__SERVER__", server, StringComparison.Ordinal).Replace("__CLOUD__", Cloud, StringComparison.Ordinal)
                .Replace("command: dotnet", "command: env", StringComparison.Ordinal).Replace("args: [", $"args: [\"COST_EXPLORER_DELAY_MS={cloudMilliseconds}\", \"COST_EXPLORER_ANSWER_DELAY_MS={answerMilliseconds}\", \"dotnet\", ", StringComparison.Ordinal)
                .Replace("timeout: 30s", $"timeout: {timeoutSeconds}s", StringComparison.Ordinal).Replace("maxCallsPerSession: 10000", "maxCallsPerSession: 1000000", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(Config, Path.GetFileName(file)), text);
        }
    }

    public static string Silo => Path.Combine(Output, "GovernedAgents.Silo.dll");
    public string Root { get; }
    public string Config => Path.Combine(Root, "config");
    public string Data => Path.Combine(Root, "data");
    public string Cloud => Path.Combine(Root, "cloud");
    public string Journal => Path.Combine(Data, "journal.db");
    public string Witness => Path.Combine(Cloud, "effects.jsonl");
    public Uri Api { get; } = FreeAddress();
    public Uri Management { get; } = FreeAddress();

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A tool server that still ends may write a last file; the folder is a temporary one.
        }
    }

    internal static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
