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

    /// <returns>False when there is one of that id already: another silo was first.</returns>
    public bool TryAdd(Checkpoint checkpoint) => PrivateFile.TryWriteNew(System.IO.Path.Combine(path, Name(checkpoint.Id)), checkpoint.ToJson(), Readable);

    /// <summary>What came after <paramref name="chain"/>, which was read from here; null when its end is not here any more.</summary>
    public List<Checkpoint>? After(IReadOnlyList<Checkpoint> chain)
    {
        if (chain.Count > 0 && !File.Exists(System.IO.Path.Combine(path, Name(chain[^1].Id)))) return null;
        var further = new List<Checkpoint>();
        for (var id = chain.Count > 0 ? chain[^1].Id + 1 : 1; System.IO.Path.Combine(path, Name(id)) is var file && File.Exists(file); id++) further.Add(Checkpoint.Parse(File.ReadAllText(file)));
        return further;
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
