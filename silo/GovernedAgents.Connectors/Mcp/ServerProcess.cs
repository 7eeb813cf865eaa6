using System.Diagnostics;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>The server's process. It sees PATH, HOME, LANG and the configured secrets, nothing else of our environment.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG"];
    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    public Stream Input => _process.StandardInput.BaseStream;
    public Stream Output => _process.StandardOutput.BaseStream;
    public Stream Error => _process.StandardError.BaseStream;

    /// <exception cref="System.ComponentModel.Win32Exception">The command cannot be started.</exception>
    /// <exception cref="FileNotFoundException">The command is not on the PATH.</exception>
    public static ServerProcess Start(ConnectorSettings settings, IReadOnlyDictionary<string, string> secrets)
    {
        var start = new ProcessStartInfo(Locate(settings.Command!, settings.WorkingDirectory), settings.Args)
        {
            WorkingDirectory = settings.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var name in Inherited)
            if (Environment.GetEnvironmentVariable(name) is { } value) start.Environment[name] = value;
        foreach (var (name, value) in secrets) start.Environment[name] = value;
        return new(Process.Start(start) ?? throw new IOException($"'{settings.Command}' did not start."));
    }

    public Task ExitedAsync() => _process.WaitForExitAsync();

    /// <summary>Kills the process and everything that it started; idempotent.</summary>
    public void Kill()
    {
        try { _process.Kill(entireProcessTree: true); }
        catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException) { }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>Our own look-up: the runtime's would also try our program folder and current folder before the PATH.</summary>
    private static string Locate(string command, string workingDirectory)
    {
        if (command.Contains('/', StringComparison.Ordinal)) return Path.GetFullPath(command, Path.GetFullPath(workingDirectory));
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(folder, command);
            if (File.Exists(candidate)) return candidate;
        }
        throw new FileNotFoundException($"the command '{command}' is not on the PATH; install it or give its path.");
    }
}
