using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>
/// A policy ready to judge calls: pure, thread-safe, deterministic, and total — whatever cannot be evaluated is a denial, never an exception.
/// See «How one call is decided» in the configuration reference.
/// </summary>
public sealed class CompiledPolicy
{
    private readonly RuleEvaluation _rules;
    private readonly ArgumentPointers _pointers = new();
    private readonly CompiledLimit[] _limits;
    private readonly CompiledFreeze[] _freezes;
    private readonly CompiledSequence[] _sequences;

    private CompiledPolicy(PolicyDefinition definition)
    {
        Definition = definition;
        Version = definition.Version;
        _limits = [.. definition.Limits.OrderBy(l => l.Id, StringComparer.Ordinal).Select(l => new CompiledLimit(l, definition.Name, _pointers))];
        _freezes = [.. definition.Freezes.OrderBy(f => f.Id, StringComparer.Ordinal).Select(f => new CompiledFreeze(f))];
        _sequences = CompiledSequence.AllOf(definition, _pointers);
        _rules = new RuleEvaluation(definition, _pointers, _limits.Select(l => (l.Id, l.Match)).Concat(_sequences.Select(s => (s.AskedBy, s.Match))), Version);
        Tripwires = [.. definition.Tripwires.OrderBy(t => t.Id, StringComparer.Ordinal)];
        SharesLimits = Array.Exists(_limits, l => l.IsShared);
    }

    public PolicyDefinition Definition { get; }

    /// <summary><c>sha256:</c> + hex of the canonical form.</summary>
    public string Version { get; }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<TripwireDefinition> Tripwires { get; }

    /// <summary>Some match asks for an earlier call: <see cref="CallFacts.Now"/> and <see cref="CallFacts.Earlier"/> have to be there.</summary>
    public bool AsksForEarlier => _sequences.Length > 0;

    /// <summary>Some limit counts the starts of several environments together.</summary>
    public bool SharesLimits { get; }

    /// <summary>What <c>spec.review</c> asks for; null when it names nobody.</summary>
    public ReviewRequirement? StandardReview => CompiledRule.RequirementOf(CompiledBaseline.Id, Definition.Review, null);

    /// <exception cref="FormatException">A definition that the configuration reader would have refused.</exception>
    public static CompiledPolicy Compile(PolicyDefinition definition) => new(definition);

    /// <summary>Rules and baseline (points 2 to 5). Rule ids come strictest first, then in ordinal order.</summary>
    public PolicyVerdict Evaluate(CallFacts facts) => _rules.Evaluate(facts);

    /// <summary>Freezes in force that block this effect.</summary>
    public IReadOnlyList<ActiveFreeze> FreezesAt(DateTimeOffset now, EffectClass effect) =>
        _freezes.Length == 0 ? [] : [.. _freezes.Where(f => f.Blocks(effect)).Select(f => f.At(now)).OfType<ActiveFreeze>()];

    /// <summary>Freezes in force, dated and recurring.</summary>
    public IReadOnlyList<ActiveFreeze> FreezesAt(DateTimeOffset now) => [.. _freezes.Select(f => f.At(now)).OfType<ActiveFreeze>()];

    /// <summary>What a start of this call spends in limits of one environment. A limit whose match cannot be evaluated counts the call.</summary>
    public IReadOnlyList<LimitSpend> LimitsFor(CallFacts facts) => Spends(facts, shared: false);

    /// <summary>What a start of this call spends in limits that all environments of the policy share.</summary>
    public IReadOnlyList<LimitSpend> SharedLimitsFor(CallFacts facts) => SharesLimits ? Spends(facts, shared: true) : [];

    /// <summary>Every limit as it stands now. O(limits × buckets).</summary>
    /// <param name="levels">Of the environment.</param>
    /// <param name="shared">Of all environments.</param>
    /// <param name="now">At which levels have refilled.</param>
    public IReadOnlyList<LimitStanding> LimitStandings(LimitLevels levels, LimitLevels shared, DateTimeOffset now) =>
        [.. _limits.Select(l => new LimitStanding(l.Id, l.Per, (l.IsShared ? shared : levels).LowestAvailable(l.Any, l.KeyPrefix, now), l.Any.Burst, l.Rate))];

    /// <summary>The <c>after</c> patterns that this call fits: when it starts, later calls of its session follow it.</summary>
    public IReadOnlyList<SequenceMark> MarksOf(CallFacts facts)
    {
        if (_sequences.Length == 0) return [];
        var marks = new List<SequenceMark>();
        using var arguments = _pointers.Of(facts.Arguments);
        var cell = CallCells.Of(facts.Effect, facts.Class, facts.Tier);
        foreach (var sequence in _sequences)
            if (RuleEvaluation.Guarded(sequence.Match, facts, cell, arguments, out _) != MatchResult.No) marks.Add(sequence.Mark);
        return marks;
    }

    private List<LimitSpend> Spends(CallFacts facts, bool shared)
    {
        var spends = new List<LimitSpend>();
        using var arguments = _pointers.Of(facts.Arguments);
        var cell = CallCells.Of(facts.Effect, facts.Class, facts.Tier);
        foreach (var limit in _limits)
            if (limit.IsShared == shared && RuleEvaluation.Guarded(limit.Match, facts, cell, arguments, out _) != MatchResult.No) spends.Add(limit.SpendOf(facts));
        return spends;
    }
}
