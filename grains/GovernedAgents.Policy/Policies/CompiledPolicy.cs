using System.Globalization;
using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// A policy ready to judge calls: pure, thread-safe, deterministic, and total — whatever cannot be evaluated is a denial, never an exception.
/// See «How one call is decided» in the configuration reference.
/// </summary>
public sealed class CompiledPolicy
{
    private readonly RuleEvaluation _rules;
    private readonly CompiledLimit[] _limits;
    private readonly ActiveFreeze[] _freezes;

    private CompiledPolicy(PolicyDefinition definition)
    {
        Definition = definition;
        Version = definition.Version;
        _limits = [.. definition.Limits.OrderBy(l => l.Id, StringComparer.Ordinal).Select(l => new CompiledLimit(l))];
        _rules = new RuleEvaluation(definition, _limits, Version);
        _freezes = [.. definition.Freezes.OrderBy(f => f.Id, StringComparer.Ordinal).Select(f => new ActiveFreeze(
            f.Id, $"Freeze '{f.Id}' holds until {f.To.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}.", f.Blocks, f.From, f.To))];
    }

    public PolicyDefinition Definition { get; }

    /// <summary><c>sha256:</c> + hex of the canonical form.</summary>
    public string Version { get; }

    /// <exception cref="FormatException">A definition that the configuration reader would have refused.</exception>
    public static CompiledPolicy Compile(PolicyDefinition definition) => new(definition);

    /// <summary>Rules and baseline (points 2 to 5). O(rules). Rule ids come strictest first, then in ordinal order.</summary>
    public PolicyVerdict Evaluate(CallFacts facts) => _rules.Evaluate(facts);

    /// <summary>Dated freezes in force that block this effect.</summary>
    public IReadOnlyList<ActiveFreeze> FreezesAt(DateTimeOffset now, EffectClass effect) =>
        _freezes.Length == 0 ? [] : [.. FreezesAt(now).Where(f => f.Blocks.Contains(effect))];

    /// <summary>Dated freezes in force, from <c>from</c> on and before <c>to</c>.</summary>
    public IReadOnlyList<ActiveFreeze> FreezesAt(DateTimeOffset now) => [.. _freezes.Where(f => f.From <= now && now < f.Until)];

    /// <summary>What a start of this call spends. A limit whose match cannot be evaluated counts the call.</summary>
    public IReadOnlyList<LimitSpend> LimitsFor(CallFacts facts) =>
        _limits.Length == 0 ? [] : [.. _limits.Where(l => l.Test(facts, out _) != MatchResult.No).Select(l => l.SpendOf(facts))];

    /// <summary>Spends in all matching limits or in none; deterministic in its arguments.</summary>
    public LimitDecision TrySpend(LimitLevels levels, CallFacts facts, DateTimeOffset now) => levels.TrySpend(LimitsFor(facts), now);

    /// <summary>Every limit of the policy as it stands now. O(limits × buckets).</summary>
    public IReadOnlyList<LimitStanding> LimitStandings(LimitLevels levels, DateTimeOffset now) =>
        [.. _limits.Select(l => new LimitStanding(l.Id, l.Per, levels.LowestAvailable(l.Any, now), l.Any.Burst, l.Rate))];
}
