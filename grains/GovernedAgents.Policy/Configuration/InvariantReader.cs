namespace GovernedAgents.Policy.Configuration;

internal static class InvariantReader
{
    /// <summary>With the place to report it at when the policy could break it.</summary>
    public static (InvariantDefinition Invariant, Position At)? Read(ConfigNode node, HashSet<string> ids, ProblemList problems)
    {
        var fields = new Fields(node, "invariant", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "invariant.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The invariant id '{id}' stands twice. Choose another.");
        var never = new Fields(fields.Node("never", required: true), id is null ? "invariant.never" : $"invariant '{id}'.never", problems);
        var effect = never.Choices<EffectClass>("effect");
        var environmentClass = never.Choices<EnvironmentClass>("class");
        var tier = never.Choices<AutonomyTier>("tier");
        var fewer = never.Whole("withFewerApprovalsThan", 1, 100, required: true);
        never.Close();
        fields.Close();
        if (id is null || fewer is null) return null;
        return (new InvariantDefinition { Id = id, Effect = effect, Class = environmentClass, Tier = tier, WithFewerApprovalsThan = fewer.Value }, node.At);
    }
}
