namespace GovernedAgents.Policy.Audit;

/// <summary>Proof, good without the database, that one record is covered by a signed checkpoint.</summary>
public sealed record InclusionReceipt
{
    public required long Pos { get; init; }
    /// <summary>The record's hash.</summary>
    public required string Hash { get; init; }
    /// <summary>Siblings from the leaf up (<see cref="MerkleTree.VerifyInclusion"/>); the leaf's index is <c>pos − fromPos</c>.</summary>
    public required IReadOnlyList<string> Path { get; init; }
    public required Checkpoint Checkpoint { get; init; }

    public bool Verify(CheckpointKeys keys) =>
        keys.Verify(Checkpoint)
        && MerkleTree.VerifyInclusion(Hash, Pos - Checkpoint.FromPos, Checkpoint.ToPos - Checkpoint.FromPos + 1, Path, Checkpoint.Root);
}
