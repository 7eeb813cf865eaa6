using GovernedAgents.Grains.Execution;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GovernedAgents.Grains.Configuration;

/// <summary>
/// Looks at the configuration folder while the silo runs. A change that has stood still for one look is put forward whole; one with problems is told and changes nothing.
/// Contents are compared, not times: a mounted folder may be swapped by a link, and an editor may write a file in pieces.
/// </summary>
public sealed partial class ConfigurationWatch(IOptions<ActivationOptions> options, ConfigurationActivation activation, ToolRegistry tools, TimeProvider time, ILogger<ConfigurationWatch> logger) : BackgroundService
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private bool _unreadable;
    private readonly TaskCompletionSource<ConfigurationFolder> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was put forward at the start.</summary>
    internal void From(ConfigurationFolder folder) => _first.TrySetResult(folder);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var taken = (await _first.Task.WaitAsync(stoppingToken)).Digest;
        var seen = taken;
        using var looks = new PeriodicTimer(Interval, time);
        while (await looks.WaitForNextTickAsync(stoppingToken))
        {
            if (Look() is not { } folder) continue;
            var still = folder.Digest == seen;
            seen = folder.Digest;
            if (still && folder.Digest != taken && await TakeAsync(folder, stoppingToken)) taken = folder.Digest;
        }
    }

    private ConfigurationFolder? Look()
    {
        try
        {
            var folder = ConfigurationFolder.Read(options.Value.ConfigPath);
            _unreadable = false;
            return folder;
        }
        catch (Exception fault) when (fault is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            if (!_unreadable) LogUnreadable(fault, options.Value.ConfigPath);
            _unreadable = true;
            return null;
        }
    }

    /// <returns>False when the journal or a grain did not answer: the same files are put forward again. Refused ones are not.</returns>
    private async Task<bool> TakeAsync(ConfigurationFolder folder, CancellationToken stopping)
    {
        try
        {
            var (set, warnings) = folder.Parse(tools.Kinds);
            foreach (var warning in warnings) LogDoubt(warning.ToString());
            await activation.PutForwardAsync(set, stopping);
            LogTaken(options.Value.ConfigPath);
            return true;
        }
        catch (ConfigurationException problem)
        {
            LogRefused(problem.Message);
            return true;
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested && fault is not OutOfMemoryException)
        {
            LogTriedAgain(fault);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The changed files in '{Folder}' were taken: each document is in force, or proposed to its reviewers")]
    private partial void LogTaken(string folder);

    [LoggerMessage(2, LogLevel.Error, "The changed configuration is refused as a whole; what is in force stays. {Problems}")]
    private partial void LogRefused(string problems);

    [LoggerMessage(3, LogLevel.Warning, "The configuration folder '{Folder}' cannot be read now; what is in force stays")]
    private partial void LogUnreadable(Exception fault, string folder);

    [LoggerMessage(4, LogLevel.Warning, "The changed configuration could not be put forward now; it is tried again")]
    private partial void LogTriedAgain(Exception fault);

    [LoggerMessage(5, LogLevel.Warning, "{Doubt}")]
    private partial void LogDoubt(string doubt);
}
