namespace GovernedAgents.Grains.Journal.Snapshots;

/// <summary>A folded state at one point of a stream. A shortcut, never an authority: what does not fit is ignored and the fold starts at the beginning.</summary>
public sealed record SnapshotEnvelope
{
    /// <summary>The last record that is folded in.</summary>
    public long Seq { get; init; }
    /// <summary>That record's hash.</summary>
    public string Head { get; init; } = "";
    /// <summary>The shape of <see cref="StateJson"/>; another version is ignored.</summary>
    public int StateVersion { get; init; }
    public string StateJson { get; init; } = "";
    /// <summary>HMAC-SHA256 over stream and the members above, lower-case hex.</summary>
    public string Mac { get; init; } = "";
}
