namespace GovernedAgents.Policy.Configuration;

internal static class AgentReader
{
    public static AgentDefinition? Read(DocumentHeader header, ProblemList problems)
    {
        var spec = new Fields(header.Spec, "spec", problems);
        var owner = Spellings.Party(spec.Node("owner", required: true), "spec.owner", problems);
        var ceiling = spec.Choice<AutonomyTier>("tierCeiling", required: true);
        var environments = spec.Many("environments", (n, l) => Spellings.GlobText(n, l, problems), required: true);
        var startedBy = spec.Many("startedBy", (n, l) => Spellings.Party(n, l, problems), required: true);
        var calls = spec.Whole("maxCallsPerSession", 1, 1_000_000) ?? 10_000;
        var hosted = HostingReader.Read(spec.Node("hosted"), environments, problems);
        spec.Close();
        if (owner is null || ceiling is null || environments is null || startedBy is null) return null;
        return new AgentDefinition
        {
            Name = header.Name,
            Owner = owner,
            TierCeiling = ceiling.Value,
            Environments = environments,
            StartedBy = startedBy,
            MaxCallsPerSession = calls,
            Hosted = hosted,
        };
    }
}
