using System.Runtime.InteropServices;
using System.Text;

namespace GovernedAgents.Grains.Journal;

/// <summary>Files that appear whole or not at all, and survive a power cut: written beside, flushed to the disk, renamed.</summary>
internal static class PrivateFile
{
    /// <summary>Readable by its owner only (mode 0600 where there are modes).</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes) => Write(path, bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FlushFolder(folder);
    }

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte}, UnixFileMode)"/>, but never in the place of another: of two that write at once, one is first.</summary>
    /// <returns>False when the file is there already.</returns>
    public static bool TryWriteNew(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        Write(draft, bytes, mode);
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return false;
        }

        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return true;
    }

    /// <summary>The rename itself is durable only when the folder is. The base library opens no folders, so this asks the C library.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(Encoding.UTF8.GetBytes(folder + '\0'), 0);
        if (descriptor < 0) throw new IOException($"The folder '{folder}' cannot be opened to flush it (errno {Marshal.GetLastPInvokeError()}).");
        try
        {
            if (fsync(descriptor) != 0) throw new IOException($"The folder '{folder}' cannot be flushed (errno {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int descriptor);

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);
}
