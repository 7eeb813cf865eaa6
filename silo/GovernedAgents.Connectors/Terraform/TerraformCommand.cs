using System.Diagnostics;
using System.Text;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>How a run of the command ended, secrets taken out.</summary>
internal sealed record TerraformEnd(int ExitCode, string Output, string Error, bool WasInterrupted);

/// <summary>
/// Runs the command in the configured directory. It sees PATH, HOME, LANG, the place of the command's own configuration and the configured secrets, nothing else of our environment.
/// When the time is up it is asked to stop (it then writes its state) and killed only when it does not.
/// </summary>
internal sealed class TerraformCommand(ConnectorSettings settings, TerraformOptions options, TimeProvider time)
{
    private const int MaxOutputChars = 16 * 1024 * 1024;
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TF_CLI_CONFIG_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(30);

    /// <param name="beforeStart">The last check, immediately before the process starts; false: it is not started and the answer is null.</param>
    /// <exception cref="IOException">Nothing was started: a secret's file cannot be read, or there is no such command.</exception>
    public async Task<TerraformEnd?> RunAsync(IReadOnlyList<string> arguments, Func<bool>? beforeStart, CancellationToken cancellation)
    {
        var secrets = await SecretFiles.ReadAsync(settings, cancellation).ConfigureAwait(false);
        var redactor = new SecretRedactor(secrets.Values);
        var start = new ProcessStartInfo(options.Command, arguments)
        {
            WorkingDirectory = options.Path, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var name in Inherited)
            if (Environment.GetEnvironmentVariable(name) is { } value) start.Environment[name] = value;
        foreach (var (name, value) in secrets) start.Environment[name] = value;
        if (options.CliConfig is { } cli) start.Environment["TF_CLI_CONFIG_FILE"] = cli;
        (start.Environment["TF_DATA_DIR"], start.Environment["TF_IN_AUTOMATION"], start.Environment["TF_INPUT"], start.Environment["CHECKPOINT_DISABLE"]) = (options.DataPath, "1", "0", "1");

        if (beforeStart?.Invoke() == false) return null;
        using var process = Start(start);
        process.StandardInput.Close();
        var (output, error) = (ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        var interrupted = false;
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
            await StopAsync(process).ConfigureAwait(false);
        }
        return new TerraformEnd(process.ExitCode, redactor.Redact(await output.ConfigureAwait(false)), redactor.Redact(await error.ConfigureAwait(false)), interrupted);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new IOException($"'{start.FileName}' did not start.");
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new IOException($"'{start.FileName}' cannot be started: {failure.Message}", failure);
        }
    }

    private async Task StopAsync(Process process)
    {
        // A killed command loses the state of what it has made already.
        if (!OperatingSystem.IsWindows())
        {
            using var grace = new CancellationTokenSource(StopGrace, time);
            try
            {
                using var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
                await process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is OperationCanceledException or System.ComponentModel.Win32Exception)
            {
            }
        }
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Reads to the end, so that the command never waits for us; keeps the beginning.</summary>
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var (text, buffer) = (new StringBuilder(), new char[16 * 1024]);
        try
        {
            int read;
            while ((read = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                if (text.Length < MaxOutputChars) text.Append(buffer, 0, read);
        }
        catch (IOException)
        {
            // INVARIANT (an IOException means that nothing was started): what was read is all there is.
        }
        return text.ToString();
    }
}
