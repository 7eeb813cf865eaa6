namespace GovernedAgents.Policy.Configuration;

internal static class FreezeReader
{
    public static FreezeDefinition? Read(ConfigNode node, HashSet<string> ids, ProblemList problems)
    {
        var fields = new Fields(node, "freeze", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "freeze.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The freeze id '{id}' stands twice. Choose another.");
        var blocks = fields.Choices<EffectClass>("blocks");
        var recurring = node is MappingNode map && map.Entries.Any(e => e.Key == "cron");
        fields.NotYet("cron", "duration", "timeZone");
        var from = Spellings.Instant(fields.Node("from", required: !recurring), "freeze.from", problems);
        var to = Spellings.Instant(fields.Node("to", required: !recurring), "freeze.to", problems);
        fields.Close();
        if (from is not null && to is not null && to <= from) problems.Add(fields.PlaceOf("to"), "freeze.to is not after freeze.from.");
        if (id is null || from is null || to is null) return null;
        var freeze = new FreezeDefinition { Id = id, From = from.Value, To = to.Value };
        return blocks is null ? freeze : freeze with { Blocks = blocks };
    }
}
