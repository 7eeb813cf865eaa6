using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// How much every limit has left, immutable. Stored as a JSON object of key → text. Only buckets that are not full matter; full ones are dropped now and
/// then (amortised O(1) a spend), which never changes an answer.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class LimitLevels
{
    private const int FewestBeforeDrop = 64;

    public static readonly LimitLevels Empty = new(ImmutableDictionary<string, LimitLevel>.Empty, FewestBeforeDrop);

    private readonly ImmutableDictionary<string, LimitLevel> _levels;
    private readonly int _dropAt;

    private LimitLevels(ImmutableDictionary<string, LimitLevel> levels, int dropAt) => (_levels, _dropAt) = (levels, dropAt);

    /// <summary>Buckets held, full or not yet dropped.</summary>
    public int Count => _levels.Count;

    /// <summary>Counts these starts without asking: what replay does with a recorded start, and a decision after it has asked.</summary>
    public LimitLevels Spend(IReadOnlyList<LimitSpend> spends, DateTimeOffset at)
    {
        if (spends.Count == 0) return this;
        var ticks = at.UtcTicks;
        var next = _levels;
        foreach (var spend in spends) next = next.SetItem(spend.Key, LevelOf(spend, ticks).Spent);
        return Dropped(next, ticks);
    }

    /// <summary>Spends in every limit or in none.</summary>
    public LimitDecision TrySpend(IReadOnlyList<LimitSpend> spends, DateTimeOffset now)
    {
        long longest = 0;
        string? limit = null;
        foreach (var spend in spends)
        {
            var wait = LevelOf(spend, now.UtcTicks).TicksUntilOne(now.UtcTicks);
            if (wait <= longest) continue;
            (longest, limit) = (wait, spend.LimitId);
        }

        return limit is null
            ? new LimitDecision { Allowed = true, Next = Spend(spends, now) }
            : new LimitDecision { Allowed = false, Next = this, LimitId = limit, RetryAfter = new TimeSpan(longest) };
    }

    /// <summary>The levels of these buckets alone.</summary>
    public LimitLevels Only(IReadOnlyList<LimitSpend> spends) =>
        new(spends.Where(s => _levels.ContainsKey(s.Key)).DistinctBy(s => s.Key).ToImmutableDictionary(s => s.Key, s => _levels[s.Key]), FewestBeforeDrop);

    /// <summary>Key → text; numbers here exceed what JSON numbers hold exactly.</summary>
    public IReadOnlyDictionary<string, string> ToStored() => _levels.OrderBy(l => l.Key, StringComparer.Ordinal).ToDictionary(l => l.Key, l => l.Value.ToString());

    public static LimitLevels FromStored(IReadOnlyDictionary<string, string> stored)
    {
        var levels = stored.ToImmutableDictionary(l => l.Key, l => LimitLevel.Parse(l.Value));
        return new LimitLevels(levels, Math.Max(FewestBeforeDrop, 2 * levels.Count));
    }

    /// <summary>Of two words about one bucket the newer holds, at the same instant the emptier: levels are spent one after another.</summary>
    public LimitLevels Merge(LimitLevels other, DateTimeOffset now)
    {
        var next = _levels;
        foreach (var (key, level) in other._levels)
            if (!next.TryGetValue(key, out var known) || level.IsAfter(known)) next = next.SetItem(key, level);
        return Dropped(next, now.UtcTicks);
    }

    /// <summary>Starts left now under this limit and key.</summary>
    public int Available(LimitSpend spend, DateTimeOffset now) => LevelOf(spend, now.UtcTicks).Whole;

    /// <summary>Starts left in the emptiest bucket of a limit; its burst when none is in use. O(buckets).</summary>
    public int LowestAvailable(LimitSpend limit, string keyPrefix, DateTimeOffset now) =>
        _levels.Where(l => l.Key.StartsWith(keyPrefix, StringComparison.Ordinal)).Select(l => LimitLevel.At(l.Value, limit, now.UtcTicks).Whole).Append(limit.Burst).Min();

    private LimitLevels Dropped(ImmutableDictionary<string, LimitLevel> next, long ticks)
    {
        if (next.Count < _dropAt) return new LimitLevels(next, _dropAt);
        next = next.RemoveRange(next.Where(l => l.Value.IsFullAt(ticks)).Select(l => l.Key));
        return new LimitLevels(next, Math.Max(FewestBeforeDrop, 2 * next.Count));
    }

    private LimitLevel LevelOf(LimitSpend spend, long ticks) =>
        LimitLevel.At(_levels.TryGetValue(spend.Key, out var level) ? level : null, spend, ticks);

    private sealed class Converter : JsonConverter<LimitLevels>
    {
        public override LimitLevels Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            FromStored(JsonSerializer.Deserialize<Dictionary<string, string>>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, LimitLevels value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.ToStored(), options);
    }
}
