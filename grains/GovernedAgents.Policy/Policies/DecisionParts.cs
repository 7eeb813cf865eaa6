namespace GovernedAgents.Policy.Policies;

/// <summary>What takes part in one decision, gathered in any order.</summary>
internal sealed class DecisionParts
{
    private readonly List<(DecisionEffect Effect, string Id, string Reason, int Order)> _parts = new(4);
    private bool _faulty;

    public DecisionEffect Strictest { get; private set; }

    public void Add(DecisionEffect effect, string id, string reason)
    {
        // A decision that no policy may write counts as the strictest that one may.
        if (effect > DecisionEffect.Deny) effect = DecisionEffect.Deny;
        if (effect > Strictest) Strictest = effect;
        _parts.Add((effect, id, reason, _parts.Count));
    }

    public void Fault(string id, string? what)
    {
        if (!_faulty) Add(DecisionEffect.Deny, RuleEvaluation.PolicyFault, "A rule or limit cannot be evaluated for this call, so the call is denied.");
        _faulty = true;
        Add(DecisionEffect.Deny, id, $"'{id}' cannot be evaluated: {what}.");
    }

    /// <summary>The strictest wins; ids come strictest first, then in ordinal order.</summary>
    public Decision ToDecision(string version)
    {
        _parts.Sort(static (one, other) =>
        {
            if (one.Effect != other.Effect) return other.Effect.CompareTo(one.Effect);
            var byId = string.CompareOrdinal(one.Id, other.Id);
            return byId != 0 ? byId : one.Order.CompareTo(other.Order);
        });
        var ids = new List<string>(_parts.Count);
        var reasons = new string[_parts.Count];
        for (var i = 0; i < _parts.Count; i++)
        {
            if (!ids.Contains(_parts[i].Id, StringComparer.Ordinal)) ids.Add(_parts[i].Id);
            reasons[i] = _parts[i].Reason;
        }

        return new Decision { Effect = Strictest, RuleIds = [.. ids], Reasons = reasons, PolicyVersion = version };
    }
}
