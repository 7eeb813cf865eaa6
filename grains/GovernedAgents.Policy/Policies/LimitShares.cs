using System.Collections.Immutable;

namespace GovernedAgents.Policy.Policies;

/// <summary>What one holder of shares was ever given, and what became of it; starts, all growing only.</summary>
public sealed record LimitHolding(long Leased, long Spent, long Returned)
{
    /// <summary>Starts that it may still make.</summary>
    public long Out => Leased - Spent - Returned;
}

/// <summary>
/// One bucket of a limit whose starts are made elsewhere, by holders that were given shares of it. Immutable; instants are ticks of the bucket's owner.
/// </summary>
/// <remarks>
/// INVARIANT (limits hold over the cluster): what is here and what is out never exceed the burst together, and refilling stops while they reach it. So whenever holders use
/// their shares, in any time t at most burst + rate·t starts are made.
/// </remarks>
public sealed record LimitShares
{
    public const int StateVersion = 1;

    /// <summary>What is here, as <see cref="LimitLevel"/> is stored; null: full.</summary>
    public string? Level { get; init; }
    public ImmutableSortedDictionary<string, LimitHolding> Holders { get; init; } = ImmutableSortedDictionary.Create<string, LimitHolding>(StringComparer.Ordinal);

    public long Out => Holders.Values.Sum(holding => holding.Out);

    /// <summary>Counts what a holder says that it has spent and given back since it began. What it was told twice changes nothing.</summary>
    public LimitShares Settle(string holder, long spent, long returned, LimitSpend terms, long ticks)
    {
        if (!Holders.TryGetValue(holder, out var held)) return this;
        var back = Math.Clamp(returned, held.Returned, held.Leased - held.Spent);
        var used = Math.Clamp(spent, held.Spent, held.Leased - back);
        if (back == held.Returned && used == held.Spent) return this;
        var level = At(terms, ticks);
        level = level with { Available = level.Available + ((Int128)(back - held.Returned) * level.WindowTicks) };
        return this with { Level = level.ToString(), Holders = Holders.SetItem(holder, held with { Spent = used, Returned = back }) };
    }

    /// <summary>A holder's lease is over: what it had left counts as spent, because it may have been.</summary>
    public LimitShares Drop(string holder, LimitSpend terms, long ticks) =>
        Holders.ContainsKey(holder) ? this with { Level = At(terms, ticks).ToString(), Holders = Holders.Remove(holder) } : this;

    /// <summary>Gives a holder as many of the wanted starts as are here.</summary>
    public LimitShares Lease(string holder, int wanted, LimitSpend terms, long ticks, out int given)
    {
        var level = At(terms, ticks);
        given = Math.Min(wanted, level.Whole);
        if (given <= 0) return this;
        var held = Holders.GetValueOrDefault(holder) ?? new LimitHolding(0, 0, 0);
        return this with
        {
            Level = (level with { Available = level.Available - ((Int128)given * level.WindowTicks) }).ToString(),
            Holders = Holders.SetItem(holder, held with { Leased = held.Leased + given }),
        };
    }

    /// <summary>Until one start is here, if none comes back and none is out; zero when there is one.</summary>
    public TimeSpan UntilOne(LimitSpend terms, long ticks) => new(Math.Max(0, At(terms, ticks).TicksUntilOne(ticks)));

    /// <summary>What is here at this instant, under these numbers.</summary>
    internal LimitLevel At(LimitSpend terms, long ticks)
    {
        var level = LimitLevel.At(Level is null ? null : LimitLevel.Parse(Level), terms, ticks);
        return level with { Available = Int128.Min(level.Available, Int128.Max(0, terms.Burst - (Int128)Out) * level.WindowTicks) };
    }
}
