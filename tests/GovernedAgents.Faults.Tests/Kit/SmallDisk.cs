using System.Diagnostics;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>A disk of a few megabytes (a tmpfs; mounting it takes root) that can be really full and have space again.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _ballast;

    private SmallDisk(string path) => (Path, _ballast) = (path, System.IO.Path.Combine(path, "ballast"));

    public string Path { get; }

    /// <exception cref="InvalidOperationException">It cannot be mounted here: the test has to fail, because nothing was proved.</exception>
    public static SmallDisk Mount(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "governed-agents-test", path);
        return new SmallDisk(path);
    }

    /// <summary>Takes every block that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var block in new[] { 1 << 16, 1 << 12, 1 })
        {
            try
            {
                while (true) file.Write(new byte[block]);
            }
            catch (IOException)
            {
                // No space for a block of this size.
            }
        }
    }

    public void MakeSpace() => File.Delete(_ballast);

    public void Dispose() => Run("umount", "--lazy", Path);

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: {said.Trim()} (a full disk is proved on a real one; run as root, or in a container that may mount).");
    }
}
