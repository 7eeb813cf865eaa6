namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>Snapshots that were written here and have not been touched since: anything else reads as none.</summary>
public sealed class SealedSnapshots(ISnapshotStore store, SnapshotSeal seal)
{
    public async Task<SnapshotEnvelope?> ReadAsync(string stream, int stateVersion) =>
        await store.ReadAsync(stream) is { } envelope && seal.TryOpen(envelope, stream, stateVersion) ? envelope : null;

    public Task WriteAsync(string stream, StreamHead head, int stateVersion, string stateJson) => store.WriteAsync(stream, seal.Seal(stream, head, stateVersion, stateJson));
}
