using System.Collections.Immutable;

namespace GovernedAgents.Policy.Environments;

/// <summary>One count of a tripwire: at most <paramref name="AtLeast"/> instants within <paramref name="Within"/> are of interest.</summary>
/// <param name="Key">Tripwire id, scope and scope value.</param>
public sealed record TripwireCount(string Key, int AtLeast, TimeSpan Within);

/// <summary>The instants that still count, oldest first; at most as many as trip.</summary>
public sealed record TripwireWindow(ImmutableArray<DateTimeOffset> At, DateTimeOffset Until)
{
    public static TripwireWindow Count(TripwireWindow? window, TripwireCount count, DateTimeOffset at)
    {
        var kept = (window?.At ?? []).Where(t => at - t < count.Within).Append(at).ToImmutableArray();
        return new TripwireWindow(kept.Length > count.AtLeast ? kept[^count.AtLeast..] : kept, at + count.Within);
    }

    /// <summary>Whether it trips with one more now.</summary>
    public static bool TripsWith(TripwireWindow? window, TripwireCount count, DateTimeOffset at) => Count(window, count, at).At.Length >= count.AtLeast;
}

/// <summary>When calls of one session that fit an <c>after</c> pattern last started; of no use once <paramref name="Until"/> has passed.</summary>
public sealed record SessionSequence(ImmutableDictionary<string, DateTimeOffset> At, DateTimeOffset Until);
