using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

internal sealed class CompiledLimit(LimitDefinition definition)
{
    private readonly CompiledMatch _match = new(definition.Match);
    private readonly string _prefix = $"{definition.Id}:{DefinitionJson.Name(definition.Per)}:";

    public string Id => definition.Id;
    public string Per { get; } = DefinitionJson.Name(definition.Per);
    public string Rate { get; } = definition.Rate.ToString();
    /// <summary>The numbers, without a key of its own.</summary>
    public LimitSpend Any { get; } = new("", definition.Id, definition.Rate.Count, definition.Rate.Window, definition.Burst);

    /// <summary>Total: what throws is a fault.</summary>
    public MatchResult Test(CallFacts facts, out string? fault) => RuleEvaluation.Guarded(_match, facts, out fault);

    public LimitSpend SpendOf(CallFacts facts) => Any with
    {
        Key = _prefix + definition.Per switch
        {
            LimitScope.Session => facts.Session,
            LimitScope.Agent => facts.Agent,
            LimitScope.Principal => facts.Principal,
            LimitScope.Tool => facts.Tool,
            _ => facts.Environment,
        },
    };
}
