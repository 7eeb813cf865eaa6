using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>A silo as a process of its own, which can be killed at any instant.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(3);
    private readonly StringBuilder _log = new();
    private readonly Process _process;
    private readonly Uri _management;

    private SiloProcess(Installation at, Uri api, Uri management, params ReadOnlySpan<string> more)
    {
        _management = management;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = at.Root,
            ArgumentList =
            {
                Installation.Silo, $"--urls={api.GetLeftPart(UriPartial.Authority)}", $"--Governance:ManagementUrls={management.GetLeftPart(UriPartial.Authority)}",
                $"--Governance:DataPath={at.Data}", $"--Governance:ConfigPath={at.Config}", "--Governance:StartLease=1s",
            },
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development" },
        };
        foreach (var argument in more) start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;
    public string Log { get { lock (_log) return _log.ToString(); } }

    /// <summary>Starts and waits until the silo says that it is ready.</summary>
    public static async Task<SiloProcess> StartAsync(Installation at)
    {
        var silo = new SiloProcess(at, at.Api, at.Management);
        try
        {
            await silo.ReadyAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the other, on addresses of its own and with further settings, of which the last word counts.</summary>
    public static async Task<SiloProcess> StartAsync(Installation at, Uri api, Uri management, params string[] more)
    {
        var silo = new SiloProcess(at, api, management, more);
        await silo.ReadyAsync();
        return silo;
    }

    /// <summary>Starts and waits for nothing.</summary>
    public static SiloProcess Launch(Installation at, Uri api, Uri management, params string[] more) => new(at, api, management, more);

    /// <summary>Starts a process that is expected to refuse, on ports of its own. Answers its exit code and all that it said.</summary>
    public static async Task<(int ExitCode, string Log)> StartRefusedAsync(Installation at)
    {
        await using var silo = new SiloProcess(at, Installation.FreeAddress(), Installation.FreeAddress());
        using var limit = new CancellationTokenSource(ReadyWithin);
        await silo._process.WaitForExitAsync(limit.Token);
        return (silo._process.ExitCode, silo.Log);
    }

    /// <summary>SIGKILL, of this process alone: a tool server behind it may finish what it has begun.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary><c>STOP</c>, <c>CONT</c>, …</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for the end. Answers its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        using var limit = new CancellationTokenSource(ReadyWithin);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = _management };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"The silo ended with {_process.ExitCode} before it was ready:\n{Log}");
            if (watch.Elapsed > ReadyWithin) throw new TimeoutException($"The silo is not ready after {ReadyWithin}:\n{Log}");
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50);
        }
    }

    private void Note(string? line)
    {
        if (line is not null) lock (_log) _log.AppendLine(line);
    }
}
