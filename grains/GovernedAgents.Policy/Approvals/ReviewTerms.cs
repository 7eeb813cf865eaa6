namespace GovernedAgents.Policy.Approvals;

/// <summary>The terms of an approval with several requirements: the smallest deadline and denials, the longest wait, the shortest step-up.</summary>
public sealed record ReviewTerms
{
    public required TimeSpan ExpiresAfter { get; init; }
    public required int Denials { get; init; }
    public required TimeSpan? WaitTimer { get; init; }
    public required TimeSpan? StepUp { get; init; }

    /// <summary>Of no requirement: an approval that is over at once and that nobody can give.</summary>
    public static ReviewTerms Of(IReadOnlyList<ReviewRequirement> requirements) => new()
    {
        ExpiresAfter = requirements.Count == 0 ? TimeSpan.Zero : requirements.Min(r => r.ExpiresAfter),
        Denials = requirements.Count == 0 ? 1 : Math.Max(1, requirements.Min(r => r.Denials)),
        WaitTimer = requirements.Max(r => r.WaitTimer),
        StepUp = requirements.Min(r => r.StepUp),
    };
}
