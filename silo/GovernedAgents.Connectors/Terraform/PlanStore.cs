using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>Saved plans by their hash, kept like secrets: readable by us alone, never journaled. On several silos the folder is shared.</summary>
internal sealed class PlanStore(string folder)
{
    private const int MostPlans = 100;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A place for the command to write a plan to; the folder is made when it is not there.</summary>
    public string NewFile()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, Ours | UnixFileMode.UserExecute);
        return Path.Combine(folder, $"{Guid.NewGuid():n}.next");
    }

    /// <summary>A copy of ours in <paramref name="target"/>, whose hash can be looked at before it is used.</summary>
    /// <exception cref="IOException">The plan is gone, or cannot be copied.</exception>
    public void Copy(string plan, string target)
    {
        using var source = File.OpenRead(PlanFile(plan));
        using var copy = new FileStream(target, Private(FileMode.CreateNew));
        source.CopyTo(copy);
    }

    public static string HashOf(string file) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}";

    /// <summary>Takes the file over under the manifest's hash; the oldest plans go when there are too many.</summary>
    public void Keep(string file, PlanManifest manifest)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, Ours);
        File.Move(file, PlanFile(manifest.Plan), overwrite: true);
        Write(manifest);
        foreach (var old in new DirectoryInfo(folder).EnumerateFiles("*.json").OrderByDescending(entry => entry.LastWriteTimeUtc).Skip(MostPlans)) Forget($"sha256:{Path.GetFileNameWithoutExtension(old.Name)}");
    }

    /// <summary>A small local file: read where a decision needs it, so that another silo's plan is found too.</summary>
    /// <returns>Null when there is none, or none that can be understood.</returns>
    public PlanManifest? Find(string plan)
    {
        try
        {
            return IsHash(plan) && File.Exists(ManifestFile(plan)) && JsonSerializer.Deserialize<PlanManifest>(File.ReadAllBytes(ManifestFile(plan))) is { } found && found.Plan == plan ? found : null;
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(PlanManifest manifest)
    {
        var next = ManifestFile(manifest.Plan) + ".next";
        using (var stream = new FileStream(next, Private(FileMode.Create))) JsonSerializer.Serialize(stream, manifest);
        File.Move(next, ManifestFile(manifest.Plan), overwrite: true);
    }

    /// <summary>The plan was carried out and goes; what is known about it stays.</summary>
    public void Spend(PlanManifest manifest)
    {
        File.Delete(PlanFile(manifest.Plan));
        Write(manifest with { IsSpent = true });
    }

    private void Forget(string plan)
    {
        File.Delete(PlanFile(plan));
        File.Delete(ManifestFile(plan));
    }

    private static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Ours;
        return options;
    }

    public string PlanFile(string plan) => Path.Combine(folder, $"{plan["sha256:".Length..]}.tfplan");

    private string ManifestFile(string plan) => Path.Combine(folder, $"{plan["sha256:".Length..]}.json");

    private static bool IsHash(string plan) => plan.Length == 71 && plan.StartsWith("sha256:", StringComparison.Ordinal) && !plan.AsSpan(7).ContainsAnyExcept(HexDigits);
}
