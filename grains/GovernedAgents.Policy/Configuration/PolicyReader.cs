using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Configuration;

internal static class PolicyReader
{
    internal static readonly string[] Decisions = ["allow", "review", "deny"];

    public static PolicyDefinition? Read(DocumentHeader header, ProblemList problems)
    {
        var spec = new Fields(header.Spec, "spec", problems);
        if (!spec.IsMapping) return null;
        var baseline = Baseline(spec.Node("baseline"), problems);
        var review = ReviewReader.Read(spec.Node("review"), "spec.review", problems);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var rules = spec.Many("rules", (n, _) => RuleReader.Read(n, ids, review, problems), mayBeEmpty: true, single: false) ?? [];
        // Rules and limits share the list of rule ids of a decision, so they share one space of names.
        var limits = spec.Many("limits", (n, _) => LimitReader.Read(n, ids, problems), mayBeEmpty: true, single: false) ?? [];
        // A tripwire that freezes names its freeze.
        var freezeIds = new HashSet<string>(StringComparer.Ordinal);
        var freezes = spec.Many("freezes", (n, _) => FreezeReader.Read(n, freezeIds, problems), mayBeEmpty: true, single: false) ?? [];
        var tripwires = spec.Many("tripwires", (n, _) => TripwireReader.Read(n, freezeIds, problems), mayBeEmpty: true, single: false) ?? [];
        var invariantIds = new HashSet<string>(StringComparer.Ordinal);
        var invariants = spec.Many("invariants", (n, _) => (object?)InvariantReader.Read(n, invariantIds, problems), mayBeEmpty: true, single: false)?
            .Cast<(InvariantDefinition Invariant, Position At)>().ToList() ?? [];
        spec.Close();

        if (review?.Quorum is null && baseline.Values.Any(t => t.ContainsValue(DecisionEffect.Review)))
            problems.Add(spec.PlaceOf("baseline"), "spec.baseline asks for review, but spec.review.quorum is missing. Say who reviews: quorum: [ { from: [group:sre], approvals: 2 } ].");
        var policy = new PolicyDefinition
        {
            Name = header.Name,
            Review = review,
            Rules = rules,
            Limits = limits,
            Freezes = freezes,
            Tripwires = tripwires,
            Invariants = [.. invariants.Select(i => i.Invariant)],
            Baseline = baseline.ToDictionary(t => t.Key, t => (IReadOnlyDictionary<EffectClass, DecisionEffect>)t.Value),
        };
        Prove(policy, invariants, problems);
        foreach (var doubt in PolicyDoubts.Of(policy)) problems.Warn(spec.At, doubt);
        return policy;
    }

    private static void Prove(PolicyDefinition policy, List<(InvariantDefinition Invariant, Position At)> invariants, ProblemList problems)
    {
        if (invariants.Count == 0) return;
        var proof = new InvariantProof(policy);
        foreach (var (invariant, at) in invariants)
            if (proof.Break(invariant) is { } broken) problems.Add(at, $"The policy could break the invariant '{invariant.Id}': {broken} Change that rule, or the invariant.");
    }

    private static Dictionary<AutonomyTier, Dictionary<EffectClass, DecisionEffect>> Baseline(ConfigNode? node, ProblemList problems)
    {
        var baseline = new Dictionary<AutonomyTier, Dictionary<EffectClass, DecisionEffect>>();
        var tiers = new Fields(node, "spec.baseline", problems);
        foreach (var (tierName, tier) in DefinitionJson.ByName<AutonomyTier>())
        {
            if (tiers.Node(tierName) is not { } cells) continue;
            var fields = new Fields(cells, $"spec.baseline.{tierName}", problems);
            var row = baseline[tier] = [];
            foreach (var (effectName, effect) in DefinitionJson.ByName<EffectClass>())
            {
                var label = fields.Label(effectName);
                if (Fields.AsChoice<DecisionEffect>(fields.Node(effectName), label, problems, Decisions) is not { } decision) continue;
                if (tier == AutonomyTier.Observe && effect > EffectClass.Read && decision != DecisionEffect.Deny)
                    problems.Add(fields.PlaceOf(effectName), $"{label} is '{DefinitionJson.Name(decision)}'; observe may do nothing but read. Remove the cell or write deny.");
                row[effect] = decision;
            }

            fields.Close();
        }

        tiers.Close();
        return baseline;
    }
}
