namespace GovernedAgents.Grains.Journal;

/// <summary>Keeps a second process out of a data folder. The operating system releases it when the process ends, however it ends.</summary>
public sealed class DataFolderLock : IDisposable
{
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <exception cref="JournalOpenException">Another process holds the folder, or it cannot be written.</exception>
    public static DataFolderLock Take(string folder)
    {
        var full = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(full);
            return new DataFolderLock(new FileStream(Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new JournalOpenException($"The data folder '{full}' cannot be written ({fault.Message}). Give this user the right, or set Governance:DataPath.");
        }
        catch (IOException fault)
        {
            throw new JournalOpenException($"The data folder '{full}' is in use by another process, or cannot be locked ({fault.Message}). Stop that process, or set Governance:DataPath to a folder of its own.");
        }
    }

    public void Dispose() => _file.Dispose();
}
