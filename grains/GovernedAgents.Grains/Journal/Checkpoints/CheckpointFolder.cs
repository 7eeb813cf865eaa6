using System.Globalization;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <summary>Where checkpoints are kept outside the database: <c>checkpoint-000001.json</c>, … one file each, never changed once it is there.</summary>
public sealed class CheckpointFolder(string path)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string Path => path;

    /// <summary>In order of their ids.</summary>
    /// <exception cref="FormatException">A file is not a checkpoint, or not the one that its name says.</exception>
    public IReadOnlyList<Checkpoint> List()
    {
        if (!Directory.Exists(path)) return [];
        var checkpoints = new List<Checkpoint>();
        foreach (var file in Directory.GetFiles(path, "checkpoint-*.json"))
        {
            var checkpoint = Checkpoint.Parse(File.ReadAllText(file));
            if (System.IO.Path.GetFileName(file) != Name(checkpoint.Id)) throw new FormatException($"'{file}' holds checkpoint {checkpoint.Id}.");
            checkpoints.Add(checkpoint);
        }

        checkpoints.Sort((a, b) => a.Id.CompareTo(b.Id));
        return checkpoints;
    }

    public void Add(Checkpoint checkpoint)
    {
        var file = System.IO.Path.Combine(path, Name(checkpoint.Id));
        if (File.Exists(file)) throw new IOException($"'{file}' is already there: another process writes checkpoints to this folder.");
        PrivateFile.Write(file, checkpoint.ToJson(), Readable);
    }

    /// <summary>Moves what is there into <c>incarnation-N/</c>. They stay as evidence of what the journal held before.</summary>
    /// <returns>N, from 1.</returns>
    public int Archive()
    {
        Directory.CreateDirectory(path);
        var number = 1;
        while (Directory.Exists(Incarnation(number))) number++;
        Directory.CreateDirectory(Incarnation(number));
        // Newest first: when this is cut short, what remains is an older state of the same chain, and detection still finds the restore.
        foreach (var file in Directory.GetFiles(path, "checkpoint-*.json").OrderDescending(StringComparer.Ordinal))
            File.Move(file, System.IO.Path.Combine(Incarnation(number), System.IO.Path.GetFileName(file)));
        return number;
    }

    private string Incarnation(int number) => System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"incarnation-{number}"));

    private static string Name(long id) => string.Create(CultureInfo.InvariantCulture, $"checkpoint-{id:D6}.json");
}
