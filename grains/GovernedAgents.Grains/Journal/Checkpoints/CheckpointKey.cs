using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Grains.Journal.Checkpoints;

/// <summary>The silo's checkpoint signing key: ECDSA P-256, PKCS#8 PEM, readable by its owner only. Made when it is missing.</summary>
public sealed class CheckpointKey : IDisposable
{
    private readonly ECDsa _key;

    private CheckpointKey(ECDsa key) => _key = key;

    /// <summary><c>{"keys":[…]}</c> (RFC 7517), the public half only.</summary>
    public string PublicKeys => $$"""{"keys":[{{CheckpointKeys.Jwk(_key)}}]}""";

    public Checkpoint Sign(Checkpoint unsigned)
    {
        lock (_key) return CheckpointKeys.Sign(_key, unsigned);
    }

    /// <exception cref="JournalOpenException">The file is there but is no P-256 key.</exception>
    public static CheckpointKey Load(string path)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (!File.Exists(path)) PrivateFile.TryWriteNew(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (key.KeySize != 256) throw new CryptographicException($"a key of {key.KeySize} bits");
            return new CheckpointKey(key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new JournalOpenException($"'{path}' is not a P-256 private key in PEM ({fault.Message}). Put the key back, or remove the file for a new one.");
        }
    }

    public void Dispose() => _key.Dispose();
}
