using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

internal sealed class CompiledRule(RuleDefinition definition, ReviewDefinition? standard, ArgumentPointers pointers)
{
    public RuleDefinition Definition { get; } = definition;
    public CompiledMatch Match { get; } = new(definition.Match, pointers);
    /// <summary>Null when the rule asks for review and names nobody: then there is nothing that could ever approve.</summary>
    public ReviewRequirement? Requirement { get; } = definition.Decide == DecisionEffect.Review ? RequirementOf(definition.Id, definition.Review, standard) : null;
    public string Reason { get; } = definition.Reason ?? definition.Decide switch
    {
        DecisionEffect.Allow => $"Rule '{definition.Id}' allows it: {MatchText.Of(definition.Match)}.",
        DecisionEffect.Review => $"Rule '{definition.Id}' asks for review: {MatchText.Of(definition.Match)}.",
        _ => $"Rule '{definition.Id}' denies it: {MatchText.Of(definition.Match)}.",
    };

    /// <summary>What the rule's block leaves out comes from the policy's. Null when nobody is named.</summary>
    public static ReviewRequirement? RequirementOf(string id, ReviewDefinition? own, ReviewDefinition? standard)
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
