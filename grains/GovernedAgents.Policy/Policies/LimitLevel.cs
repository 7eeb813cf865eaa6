using System.Globalization;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// A token bucket in whole numbers: one start costs <see cref="WindowTicks"/>, each tick gives back <see cref="Count"/>, full is burst × window. No
/// division, so nothing drifts: after k windows exactly k × count starts have come back. Fits Int128 for counts and bursts to 10^6, windows to 366 days.
/// </summary>
internal readonly record struct LimitLevel(long AtTicks, Int128 Available, int Count, long WindowTicks, int Burst)
{
    private Int128 Full => (Int128)Burst * WindowTicks;

    public bool IsFullAt(long ticks) => Filled(ticks) >= Full;

    /// <summary>The level of this key under <paramref name="spend"/>'s numbers at <paramref name="ticks"/>.</summary>
    public static LimitLevel At(LimitLevel? stored, LimitSpend spend, long ticks)
    {
        var full = new LimitLevel(ticks, (Int128)spend.Burst * spend.Window.Ticks, spend.Count, spend.Window.Ticks, spend.Burst);
        // A bucket that is full under its own numbers is as good as forgotten, whether or not it has been dropped yet.
        if (stored is not { } level || level.IsFullAt(ticks)) return full;
        var at = Math.Max(ticks, level.AtTicks);
        // Changed numbers: the starts left over are kept (rounded down), clipped to the new burst, and come back at the new rate.
        var available = level.WindowTicks == spend.Window.Ticks ? level.Available : level.Available * spend.Window.Ticks / level.WindowTicks;
        return full with { AtTicks = at, Available = Int128.Min(full.Full, available + ((Int128)(at - level.AtTicks) * spend.Count)) };
    }

    public LimitLevel Spent => this with { Available = Available - WindowTicks };

    public int Whole => (int)Int128.Max(0, Available / WindowTicks);

    /// <summary>Whether this is the later word about the same bucket.</summary>
    public bool IsAfter(LimitLevel other) => AtTicks != other.AtTicks ? AtTicks > other.AtTicks : Available * other.WindowTicks < other.Available * WindowTicks;

    /// <summary>Ticks from <paramref name="ticks"/> until one start is available, rounded up; 0 when it is.</summary>
    public long TicksUntilOne(long ticks)
    {
        var missing = WindowTicks - Available;
        return missing <= 0 ? 0 : (long)((missing + Count - 1) / Count) + (AtTicks - ticks);
    }

    private Int128 Filled(long ticks) => Available + ((Int128)Math.Max(0, ticks - AtTicks) * Count);

    /// <summary>Stored spelling; numbers here exceed what JSON numbers hold exactly.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AtTicks}:{Available}:{Count}:{WindowTicks}:{Burst}");

    public static LimitLevel Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 5) throw new FormatException($"'{text}' is not a limit level.");
        var culture = CultureInfo.InvariantCulture;
        return new LimitLevel(long.Parse(parts[0], culture), Int128.Parse(parts[1], culture), int.Parse(parts[2], culture), long.Parse(parts[3], culture), int.Parse(parts[4], culture));
    }
}
