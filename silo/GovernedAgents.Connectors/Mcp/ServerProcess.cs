using System.Diagnostics;
using System.Runtime.InteropServices;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>
/// The server's process. It sees PATH, HOME, LANG and the configured secrets, nothing else of our environment. Where there is <c>setsid</c> it leads a process group of its own, so that
/// what it started ends with it even when it has ended by itself and its children have no parent any more.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const int SigKill = 9;
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG"];
    private readonly Process _process;
    private readonly int _group;

    private ServerProcess(Process process, bool leadsGroup) => (_process, _group) = (process, leadsGroup ? process.Id : 0);

    public Stream Input => _process.StandardInput.BaseStream;
    public Stream Output => _process.StandardOutput.BaseStream;
    public Stream Error => _process.StandardError.BaseStream;

    /// <exception cref="System.ComponentModel.Win32Exception">The command cannot be started.</exception>
    /// <exception cref="FileNotFoundException">The command is not there, or not on the PATH.</exception>
    /// <exception cref="ArgumentException">The account to run it as is not there.</exception>
    public static ServerProcess Start(ConnectorSettings settings, IReadOnlyDictionary<string, string> secrets)
    {
        var command = Locate(settings.Command!, settings.WorkingDirectory);
        var leader = OperatingSystem.IsLinux() ? OnThePath("setsid") : null;
        var account = settings.RunAs is { } name ? ServerAccount.Find(name) : null;
        string[] line = [.. leader is null ? [] : new[] { leader }, .. account?.Prefix ?? [], command, .. settings.Args];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            WorkingDirectory = settings.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var variable in Inherited)
            if (Environment.GetEnvironmentVariable(variable) is { } value) start.Environment[variable] = value;
        if (account is not null) start.Environment["HOME"] = account.Home;
        foreach (var (variable, value) in secrets) start.Environment[variable] = value;
        return new(Process.Start(start) ?? throw new IOException($"'{settings.Command}' did not start."), leader is not null);
    }

    public Task ExitedAsync() => _process.WaitForExitAsync();

    /// <summary>Kills the process, if it still runs, and everything that it started; idempotent.</summary>
    public void Kill()
    {
        try { _process.Kill(entireProcessTree: true); }
        catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException) { }
        // The group outlives its leader for as long as it has a member, and so long its number belongs to nobody else.
        if (_group > 0) _ = kill(-_group, SigKill);
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>Our own look-up: the runtime's would also try our program folder and current folder before the PATH.</summary>
    private static string Locate(string command, string workingDirectory)
    {
        if (!command.Contains('/', StringComparison.Ordinal))
            return OnThePath(command) ?? throw new FileNotFoundException($"the command '{command}' is not on the PATH; install it or give its path.");
        var path = Path.GetFullPath(command, Path.GetFullPath(workingDirectory));
        return File.Exists(path) ? path : throw new FileNotFoundException($"the command '{path}' is not there.");
    }

    internal static string? OnThePath(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
