using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>Marks snapshots as this installation's own, so that who can write the snapshot file cannot put a state into a grain.</summary>
public sealed class SnapshotSeal
{
    private const int KeyBytes = 32;
    private readonly byte[] _key;

    private SnapshotSeal(byte[] key) => _key = key;

    /// <summary>The key is <c>snapshots.key</c> in the folder of keys, readable by its owner only; made when it is missing.</summary>
    /// <exception cref="JournalOpenException">The file is there but is no such key.</exception>
    public static SnapshotSeal Load(string keysPath)
    {
        var path = Path.Combine(keysPath, "snapshots.key");
        if (!File.Exists(path)) PrivateFile.TryWriteNew(path, RandomNumberGenerator.GetBytes(KeyBytes));
        var key = File.ReadAllBytes(path);
        return key.Length == KeyBytes
            ? new SnapshotSeal(key)
            : throw new JournalOpenException($"'{path}' holds {key.Length} bytes, a snapshot key has {KeyBytes}. Remove it: snapshots are then made anew.");
    }

    public SnapshotEnvelope Seal(string stream, StreamHead head, int stateVersion, string stateJson)
    {
        var envelope = new SnapshotEnvelope { Seq = head.Seq, Head = head.Hash, StateVersion = stateVersion, StateJson = stateJson };
        return envelope with { Mac = Mac(envelope, stream) };
    }

    /// <summary>
    /// True when the envelope is ours, of this stream and of this state version. The caller still has to compare <see cref="SnapshotEnvelope.Head"/>
    /// with the journal: a snapshot may be ahead of a restored file.
    /// </summary>
    public bool TryOpen(SnapshotEnvelope? envelope, string stream, int stateVersion) =>
        envelope is not null && envelope.StateVersion == stateVersion
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(envelope.Mac), Encoding.ASCII.GetBytes(Mac(envelope, stream)));

    private string Mac(SnapshotEnvelope envelope, string stream)
    {
        // Lengths first: no two envelopes share their bytes.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{stream.Length}:{stream}{envelope.Head.Length}:{envelope.Head}{envelope.Seq}:{envelope.StateVersion}:{envelope.StateJson}");
        return Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
    }
}
