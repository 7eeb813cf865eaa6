using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

internal sealed class CompiledLimit
{
    private readonly LimitScope _scope;

    public CompiledLimit(LimitDefinition definition, string policy, ArgumentPointers pointers)
    {
        (Id, _scope, Per, Rate) = (definition.Id, definition.Per, DefinitionJson.Name(definition.Per), definition.Rate.ToString());
        Match = new CompiledMatch(definition.Match, pointers);
        Any = new LimitSpend("", definition.Id, definition.Rate.Count, definition.Rate.Window, definition.Burst);
        // Shared levels meet those of other policies, so their keys name the policy.
        KeyPrefix = IsShared ? $"{definition.Id}:{Per}:{policy}:" : $"{definition.Id}:{Per}:";
    }

    public string Id { get; }
    public string Per { get; }
    public string Rate { get; }
    public CompiledMatch Match { get; }
    /// <summary>What the keys of all its buckets start with.</summary>
    public string KeyPrefix { get; }
    /// <summary>The numbers, without a key of its own.</summary>
    public LimitSpend Any { get; }

    /// <summary>Counts the starts of all environments of the policy together.</summary>
    public bool IsShared => _scope is LimitScope.Agent or LimitScope.Principal or LimitScope.Tool or LimitScope.Fleet;

    public LimitSpend SpendOf(CallFacts facts) => Any with
    {
        Key = KeyPrefix + _scope switch
        {
            LimitScope.Session => facts.Session,
            LimitScope.Agent => facts.Agent,
            LimitScope.Principal => facts.Principal,
            LimitScope.Tool => facts.Tool,
            LimitScope.Environment => facts.Environment,
            _ => "",
        },
    };
}
