using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Points 2 to 5 of «How one call is decided». Rules are kept in the order of their ids, so the order in the file never matters.</summary>
internal sealed class RuleEvaluation
{
    public const string Baseline = "baseline";
    public const string PolicyFault = "policy-fault";
    public const string ObserveReadsOnly = "observe-reads-only";

    private sealed record Rule(RuleDefinition Definition, CompiledMatch Match, ReviewRequirement? Requirement);

    private readonly Rule[] _rules;
    private readonly CompiledLimit[] _limits;
    private readonly IReadOnlyDictionary<AutonomyTier, IReadOnlyDictionary<EffectClass, DecisionEffect>> _baseline;
    private readonly ReviewRequirement? _standard;
    private readonly string _version;

    public RuleEvaluation(PolicyDefinition policy, CompiledLimit[] limits, string version)
    {
        (_baseline, _limits, _version) = (policy.Baseline, limits, version);
        _standard = Requirement(Baseline, policy.Review, null);
        _rules = [.. policy.Rules.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new Rule(
            r, new CompiledMatch(r.Match), r.Decide == DecisionEffect.Review ? Requirement(r.Id, r.Review, policy.Review) : null))];
    }

    public PolicyVerdict Evaluate(CallFacts facts)
    {
        var matched = new List<Rule>();
        var parts = new List<(DecisionEffect Effect, string Id, string Reason)>();
        void Fault(string id, string? what)
        {
            if (!parts.Any(p => p.Id == PolicyFault)) parts.Add((DecisionEffect.Deny, PolicyFault, "A rule or limit cannot be evaluated for this call, so the call is denied."));
            parts.Add((DecisionEffect.Deny, id, $"'{id}' cannot be evaluated: {what}."));
        }

        foreach (var rule in _rules)
        {
            switch (Guarded(rule.Match, facts, out var fault))
            {
                case MatchResult.Yes: matched.Add(rule); break;
                case MatchResult.Fault: Fault(rule.Definition.Id, fault); break;
            }
        }

        foreach (var limit in _limits)
            if (limit.Test(facts, out var fault) == MatchResult.Fault) Fault(limit.Id, fault);

        AddBase(facts, matched, parts);
        foreach (var rule in matched.Where(r => r.Definition.Decide is not (DecisionEffect.Allow or DecisionEffect.Review)))
            parts.Add((DecisionEffect.Deny, rule.Definition.Id, rule.Definition.Reason ?? $"Rule '{rule.Definition.Id}' denies it."));

        var requirements = new List<ReviewRequirement>();
        foreach (var rule in matched.Where(r => r.Definition.Decide == DecisionEffect.Review))
        {
            parts.Add((DecisionEffect.Review, rule.Definition.Id, rule.Definition.Reason ?? $"Rule '{rule.Definition.Id}' asks for review."));
            if (rule.Requirement is not null) requirements.Add(rule.Requirement);
            else Fault(rule.Definition.Id, "it asks for review but nobody is named to review");
        }

        if (requirements.Count == 0 && parts.Any(p => p.Effect == DecisionEffect.Review))
        {
            if (_standard is not null) requirements.Add(_standard);
            else Fault(Baseline, "it asks for review but nobody is named to review");
        }

        var effect = parts.Max(p => p.Effect);
        var ordered = parts.OrderByDescending(p => p.Effect).ThenBy(p => p.Id, StringComparer.Ordinal).ToList();
        return new PolicyVerdict
        {
            Decision = new Decision
            {
                Effect = effect,
                RuleIds = [.. ordered.Select(p => p.Id).Distinct(StringComparer.Ordinal)],
                Reasons = [.. ordered.Select(p => p.Reason)],
                PolicyVersion = _version,
            },
            Requirements = effect == DecisionEffect.Review ? requirements : [],
        };
    }

    /// <summary>Total: what throws is a fault.</summary>
    public static MatchResult Guarded(CompiledMatch match, CallFacts facts, out string? fault)
    {
        try
        {
            return match.Test(facts, out fault);
        }
#pragma warning disable CA1031 // Evaluation is total: whatever goes wrong is a denial with the rule's name.
        catch (Exception error)
#pragma warning restore CA1031
        {
            fault = error.GetType().Name;
            return MatchResult.Fault;
        }
    }

    private void AddBase(CallFacts facts, List<Rule> matched, List<(DecisionEffect, string, string)> parts)
    {
        // INVARIANT (observe reads only): checked before any allow rule, so that none can lift it.
        if (facts.Tier == AutonomyTier.Observe && facts.Effect > EffectClass.Read)
        {
            parts.Add((DecisionEffect.Deny, ObserveReadsOnly, "The tier observe may do nothing but read."));
            return;
        }

        var allowing = matched.Where(r => r.Definition.Decide == DecisionEffect.Allow).ToList();
        foreach (var rule in allowing) parts.Add((DecisionEffect.Allow, rule.Definition.Id, rule.Definition.Reason ?? $"Rule '{rule.Definition.Id}' allows it."));
        if (allowing.Count > 0) return;

        var cell = _baseline.TryGetValue(facts.Tier, out var row) && row.TryGetValue(facts.Effect, out var decision) && decision is DecisionEffect.Allow or DecisionEffect.Review
            ? row[facts.Effect]
            : DecisionEffect.Deny;
        var what = $"{DefinitionJson.Name(facts.Effect)} at tier {DefinitionJson.Name(facts.Tier)}";
        parts.Add((cell, Baseline, cell switch
        {
            DecisionEffect.Allow => $"The baseline allows {what}.",
            DecisionEffect.Review => $"The baseline asks for review of {what}.",
            _ => $"The baseline denies {what}.",
        }));
    }

    /// <summary>Null when nobody is named: then there is nothing that could ever approve.</summary>
    private static ReviewRequirement? Requirement(string id, ReviewDefinition? own, ReviewDefinition? standard)
    {
        var quorum = own?.Quorum ?? standard?.Quorum;
        if (quorum is not { Count: > 0 } || quorum.Any(s => s.Approvals < 1 || s.From.Count == 0)) return null;
        var defaults = new ReviewRequirement { RuleId = id, Quorum = quorum };
        return defaults with
        {
            Denials = own?.Denials ?? standard?.Denials ?? defaults.Denials,
            ExpiresAfter = own?.ExpiresAfter ?? standard?.ExpiresAfter ?? defaults.ExpiresAfter,
            WaitTimer = own?.WaitTimer ?? standard?.WaitTimer,
            StepUp = own?.StepUp ?? standard?.StepUp,
            EscalateAfter = own?.EscalateAfter ?? standard?.EscalateAfter,
            EscalateTo = own?.EscalateTo ?? standard?.EscalateTo ?? [],
        };
    }
}
