namespace GovernedAgents.Policy.Configuration;

internal static class LimitReader
{
    public static LimitDefinition? Read(ConfigNode node, HashSet<string> ids, ProblemList problems)
    {
        var fields = new Fields(node, "limit", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "limit.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The id '{id}' stands twice among the rules and limits. Choose another.");
        var where = id is null ? "limit" : $"limit '{id}'";
        var per = fields.Choice<LimitScope>("per", required: true);
        var match = MatchReader.Read(fields.Node("match"), $"{where}.match", problems) ?? new MatchDefinition();
        var rate = fields.RateOf("rate", required: true);
        var burst = fields.Whole("burst", 1, 1_000_000);
        fields.Close();
        if (id is null || per is null || rate is null) return null;
        return new LimitDefinition { Id = id, Per = per.Value, Match = match, Rate = rate, Burst = burst ?? rate.Count };
    }
}
