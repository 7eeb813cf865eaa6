namespace GovernedAgents.Grains.Journal;

/// <summary>Bounds of the writer.</summary>
public sealed record JournalLimits
{
    /// <summary>Units waiting; one more is answered Unavailable.</summary>
    public int QueueUnits { get; init; } = 16_384;
    /// <summary>Units in one transaction.</summary>
    public int BatchUnits { get; init; } = 2_048;
    /// <summary>Payload and content of one transaction; a single larger unit still goes, alone.</summary>
    public long BatchBytes { get; init; } = 8 << 20;
    /// <summary>First and longest pause between attempts to settle an unknown commit.</summary>
    public TimeSpan SettleBackOff { get; init; } = TimeSpan.FromMilliseconds(20);
    public TimeSpan SettleBackOffMax { get; init; } = TimeSpan.FromSeconds(2);
}
