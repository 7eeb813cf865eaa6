namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>Where snapshots are kept. Losing one, or failing to write one, costs time only.</summary>
public interface ISnapshotStore
{
    /// <summary>Null when there is none.</summary>
    Task<SnapshotEnvelope?> ReadAsync(string stream);

    /// <summary>Replaces the stored one; a rival that wrote a newer one at the same time keeps it.</summary>
    Task WriteAsync(string stream, SnapshotEnvelope envelope);
}
