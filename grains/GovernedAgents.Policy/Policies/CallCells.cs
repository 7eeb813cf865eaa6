namespace GovernedAgents.Policy.Policies;

/// <summary>
/// Effect, class and tier of a call as one of 64 cells: what of a match can be enumerated is a set of cells, one bit each. Rules are told apart by it in one
/// instruction, and an invariant is proved cell by cell.
/// </summary>
internal static class CallCells
{
    public const int Count = 64;
    public const ulong All = ulong.MaxValue;

    public static int Of(EffectClass effect, EnvironmentClass environment, AutonomyTier tier) => (((int)effect & 3) << 4) | (((int)environment & 3) << 2) | ((int)tier & 3);

    public static (EffectClass Effect, EnvironmentClass Class, AutonomyTier Tier) At(int cell) => ((EffectClass)(cell >> 4), (EnvironmentClass)((cell >> 2) & 3), (AutonomyTier)(cell & 3));

    /// <summary>Null lists ask nothing.</summary>
    public static ulong Set(IReadOnlyList<EffectClass>? effects, IReadOnlyList<EnvironmentClass>? classes, IReadOnlyList<AutonomyTier>? tiers)
    {
        if (effects is null && classes is null && tiers is null) return All;
        ulong cells = 0;
        for (var cell = 0; cell < Count; cell++)
        {
            var (effect, environment, tier) = At(cell);
            if (effects?.Contains(effect) != false && classes?.Contains(environment) != false && tiers?.Contains(tier) != false) cells |= 1UL << cell;
        }

        return cells;
    }

    public static bool Has(ulong cells, int cell) => (cells & (1UL << cell)) != 0;
}
