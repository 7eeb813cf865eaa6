using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>Points 2 to 5 of «How one call is decided». Rules are kept in the order of their ids, so the order in the file never matters.</summary>
internal sealed class RuleEvaluation
{
    public const string PolicyFault = "policy-fault";
    public const string ObserveReadsOnly = "observe-reads-only";

    private readonly CompiledRule[] _rules;
    private readonly RuleIndex _index;
    private readonly ArgumentPointers _pointers;
    private readonly (string Id, CompiledMatch Match)[] _alsoAsked;
    private readonly CompiledBaseline _baseline;
    private readonly ReviewRequirement? _standard;
    private readonly string _version;

    /// <param name="policy">What to carry out.</param>
    /// <param name="pointers">Where every match of the policy finds its arguments.</param>
    /// <param name="alsoAsked">Matches beside the rules' that are asked of a call when it starts: one that cannot be evaluated then denies it now.</param>
    /// <param name="version">Of the policy, for its decisions.</param>
    public RuleEvaluation(PolicyDefinition policy, ArgumentPointers pointers, IEnumerable<(string Id, CompiledMatch Match)> alsoAsked, string version)
    {
        (_pointers, _alsoAsked, _version) = (pointers, [.. alsoAsked], version);
        _baseline = new CompiledBaseline(policy.Baseline);
        _standard = CompiledRule.RequirementOf(CompiledBaseline.Id, policy.Review, null);
        _rules = [.. policy.Rules.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new CompiledRule(r, policy.Review, pointers))];
        _index = new RuleIndex([.. _rules.Select(r => r.Match)]);
    }

    public PolicyVerdict Evaluate(CallFacts facts)
    {
        var parts = new DecisionParts();
        var matched = Match(facts, parts);
        Base(facts, matched, parts);

        var requirements = new List<ReviewRequirement>();
        foreach (var rule in matched)
        {
            if (rule.Definition.Decide == DecisionEffect.Allow) continue;
            parts.Add(rule.Definition.Decide, rule.Definition.Id, rule.Reason);
            if (rule.Definition.Decide != DecisionEffect.Review) continue;
            if (rule.Requirement is not null) requirements.Add(rule.Requirement);
            else parts.Fault(rule.Definition.Id, "it asks for review but nobody is named to review");
        }

        if (requirements.Count == 0 && parts.Strictest == DecisionEffect.Review)
        {
            if (_standard is not null) requirements.Add(_standard);
            else parts.Fault(CompiledBaseline.Id, "it asks for review but nobody is named to review");
        }

        var decision = parts.ToDecision(_version);
        return new PolicyVerdict { Decision = decision, Requirements = decision.Effect == DecisionEffect.Review ? requirements : [] };
    }

    /// <summary>Whether one match holds. Total: what throws is a fault.</summary>
    public static MatchResult Guarded(CompiledMatch match, CallFacts facts, int cell, ArgumentValues arguments, out string? fault)
    {
        try
        {
            return match.Test(facts, cell, arguments, out fault);
        }
#pragma warning disable CA1031 // Evaluation is total: whatever goes wrong is a denial with the rule's name.
        catch (Exception error)
#pragma warning restore CA1031
        {
            fault = error.GetType().Name;
            return MatchResult.Fault;
        }
    }

    /// <summary>The rules that hold, in the order of their ids; those that cannot be evaluated are faults of the decision.</summary>
    private List<CompiledRule> Match(CallFacts facts, DecisionParts parts)
    {
        using var arguments = _pointers.Of(facts.Arguments);
        var asking = new Asking(_rules, facts, arguments);
        _index.Visit(facts, ref asking);
        foreach (var (id, match) in _alsoAsked)
            if (Guarded(match, facts, asking.Cell, arguments, out var fault) == MatchResult.Fault) parts.Fault(id, fault);

        var found = asking.Found;
        found.Sort(static (one, other) => one.Rule.CompareTo(other.Rule));
        var matched = new List<CompiledRule>(found.Count);
        for (var i = 0; i < found.Count; i++)
        {
            if (i > 0 && found[i].Rule == found[i - 1].Rule) continue;
            if (found[i].Fault is { } fault) parts.Fault(_rules[found[i].Rule].Definition.Id, fault);
            else matched.Add(_rules[found[i].Rule]);
        }

        return matched;
    }

    private void Base(CallFacts facts, List<CompiledRule> matched, DecisionParts parts)
    {
        // INVARIANT (observe reads only): checked before any allow rule, so that none can lift it.
        if (facts.Tier == AutonomyTier.Observe && facts.Effect > EffectClass.Read)
        {
            parts.Add(DecisionEffect.Deny, ObserveReadsOnly, "The tier observe may do nothing but read.");
            return;
        }

        var allowed = false;
        foreach (var rule in matched)
        {
            if (rule.Definition.Decide != DecisionEffect.Allow) continue;
            parts.Add(DecisionEffect.Allow, rule.Definition.Id, rule.Reason);
            allowed = true;
        }

        if (allowed) return;
        var (decision, reason) = _baseline[facts.Tier, facts.Effect];
        parts.Add(decision, CompiledBaseline.Id, reason);
    }

    private readonly struct Asking(CompiledRule[] rules, CallFacts facts, ArgumentValues arguments) : RuleIndex.IVisitor
    {
        public int Cell { get; } = CallCells.Of(facts.Effect, facts.Class, facts.Tier);

        /// <summary>Rules that hold (fault null) or cannot be evaluated.</summary>
        public List<(int Rule, string? Fault)> Found { get; } = [];

        public void Visit(int[] among)
        {
            foreach (var rule in among)
            {
                var match = rules[rule].Match;
                if (!CallCells.Has(match.Cells, Cell)) continue;
                var result = Guarded(match, facts, Cell, arguments, out var fault);
                if (result != MatchResult.No) Found.Add((rule, result == MatchResult.Fault ? fault ?? "" : null));
            }
        }
    }
}
