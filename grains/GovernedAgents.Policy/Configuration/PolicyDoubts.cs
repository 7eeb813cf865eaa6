using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Configuration;

/// <summary>What a policy may say but hardly means: told as warnings.</summary>
internal static class PolicyDoubts
{
    private static readonly AutonomyTier[] Tiers = Enum.GetValues<AutonomyTier>();

    public static IReadOnlyList<string> Of(PolicyDefinition policy)
    {
        var doubts = new List<string>();
        if (policy.Baseline.Count == 0 && !policy.Rules.Any(r => r.Decide == DecisionEffect.Allow))
            doubts.Add($"Policy '{policy.Name}' has no baseline and no allow rule: it denies every call.");
        foreach (var (lower, higher) in Tiers.Zip(Tiers.Skip(1)))
            foreach (var effect in Enum.GetValues<EffectClass>())
                if (CompiledBaseline.Cell(policy.Baseline, higher, effect) > CompiledBaseline.Cell(policy.Baseline, lower, effect))
                    doubts.Add($"spec.baseline is stricter about {DefinitionJson.Name(effect)} at tier {DefinitionJson.Name(higher)} than at {DefinitionJson.Name(lower)}: raising a session's tier would take from it.");
        foreach (var rule in policy.Rules.Where(r => r.Match.Tier is not null && !RisesWithTheTier(r)))
            doubts.Add($"rule '{rule.Id}' {(rule.Decide == DecisionEffect.Allow ? "allows to" : "stops")} a tier and not {(rule.Decide == DecisionEffect.Allow ? "to a higher" : "a lower")} one: a lower tier may do more than a higher.");
        return doubts;
    }

    /// <summary>What is allowed to a tier is allowed to the higher ones, what stops one stops the lower ones.</summary>
    private static bool RisesWithTheTier(RuleDefinition rule)
    {
        var asked = Tiers.Select(t => rule.Match.Tier!.Contains(t)).ToList();
        if (rule.Decide != DecisionEffect.Allow) asked.Reverse();
        return asked.Zip(asked.Skip(1)).All(pair => !pair.First || pair.Second);
    }
}
