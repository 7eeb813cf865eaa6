namespace GovernedAgents.Policy.Audit;

/// <summary>What a verification found. <see cref="FirstFault"/> names the first thing that does not fit, null when all does.</summary>
public sealed record AuditReport
{
    public bool Ok => FirstFault is null;
    public string? FirstFault { get; init; }
    /// <summary>Records and checkpoints read before the end or the fault.</summary>
    public required long Records { get; init; }
    public required long Checkpoints { get; init; }
    public required int Streams { get; init; }
    /// <summary>False when no keys were given: then the chain is judged, not who signed it.</summary>
    public required bool SignaturesChecked { get; init; }
    /// <summary>How many checkpoints kept outside were found again in the export.</summary>
    public required int KeptMatched { get; init; }
    /// <summary>The export's last checkpoint: worth keeping outside.</summary>
    public Checkpoint? Last { get; init; }
}
