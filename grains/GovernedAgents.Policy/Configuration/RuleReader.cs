namespace GovernedAgents.Policy.Configuration;

internal static class RuleReader
{
    public static RuleDefinition? Read(ConfigNode node, HashSet<string> ids, ReviewDefinition? standard, ProblemList problems)
    {
        var fields = new Fields(node, "rule", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "rule.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The id '{id}' stands twice among the rules and limits. Choose another.");
        var where = id is null ? "rule" : $"rule '{id}'";
        var match = MatchReader.Read(fields.Node("match", required: true), $"{where}.match", problems);
        var decide = Fields.AsChoice<DecisionEffect>(fields.Node("decide", required: true), $"{where}.decide", problems, PolicyReader.Decisions);
        var reason = fields.Text("reason");
        var review = ReviewReader.Read(fields.Node("review"), $"{where}.review", problems);
        fields.Close();

        if (review is not null && decide is not (null or DecisionEffect.Review))
            problems.Add(fields.PlaceOf("review"), $"{where} has a review block but decides '{DefinitionJson.Name(decide.Value)}'. Remove the block or write decide: review.");
        if (decide == DecisionEffect.Review && review?.Quorum is null && standard?.Quorum is null)
            problems.Add(fields.At, $"{where} asks for review, but neither it nor spec.review has a quorum. Say who reviews: quorum: [ {{ from: [group:sre], approvals: 2 }} ].");
        if (decide == DecisionEffect.Allow && match is { Tier: [AutonomyTier.Observe], Effect: { } effects } && !effects.Contains(EffectClass.Read))
            problems.Add(fields.At, $"{where} allows more than read to the tier observe, which may do nothing but read. Remove the rule.");
        return id is null || match is null || decide is null ? null : new RuleDefinition { Id = id, Match = match, Decide = decide.Value, Reason = reason, Review = review };
    }
}
