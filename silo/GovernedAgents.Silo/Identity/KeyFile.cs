using System.Security.Cryptography;

namespace GovernedAgents.Silo.Identity;

/// <summary>An EC P-256 private key of this installation, PKCS#8 PEM, readable by its owner only; made on first use.</summary>
public static class KeyFile
{
    /// <exception cref="InvalidOperationException">The file holds no P-256 private key.</exception>
    public static ECDsa LoadOrCreate(string path)
    {
        if (!File.Exists(path)) Create(path);
        var key = ECDsa.Create();
        try { key.ImportFromPem(File.ReadAllText(path)); }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            throw new InvalidOperationException($"'{path}' holds no private key in PKCS#8 PEM form: restore it, or move it away and a new one is made.", fault);
        }
        if (key.ExportParameters(false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            throw new InvalidOperationException($"'{path}' is not a P-256 key: restore it, or move it away and a new one is made.");
        return key;
    }

    private static void Create(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Written aside and moved, so that nobody reads half a key and of two processes that make it both use the first.
        var draft = path + "." + Guid.NewGuid().ToString("N");
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"));
            file.Flush(flushToDisk: true);
        }
        try { File.Move(draft, path, overwrite: false); }
        catch (IOException) when (File.Exists(path)) { File.Delete(draft); }
    }
}
