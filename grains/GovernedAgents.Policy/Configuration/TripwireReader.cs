namespace GovernedAgents.Policy.Configuration;

internal static class TripwireReader
{
    private static readonly string[] Counted = ["allow", "review", "deny", "throttle"];

    public static TripwireDefinition? Read(ConfigNode node, HashSet<string> ids, ProblemList problems)
    {
        var fields = new Fields(node, "tripwire", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "tripwire.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The id '{id}' stands twice among the freezes and tripwires. Choose another.");
        var where = id is null ? "tripwire" : $"tripwire '{id}'";
        var then = fields.Choice<TripwireAction>("then", required: true);
        var when = new Fields(fields.Node("when", required: true), $"{where}.when", problems);
        var decisions = when.Many("decisions", (n, l) => (object?)Fields.AsChoice<DecisionEffect>(n, l, problems, Counted))?.Cast<DecisionEffect>().Distinct().Order().ToList();
        var outcomes = when.Choices<CallOutcomeKind>("outcomes")?.Distinct().Order().ToList();
        var atLeast = when.Whole("atLeast", 1, TripwireDefinition.MostCounted, required: true);
        var within = when.Duration("within", required: true);
        var per = when.Choice<LimitScope>("per", required: true);
        when.Close();
        fields.Close();
        if (when.IsMapping && decisions is null && outcomes is null) problems.Add(when.At, $"{where}.when counts nothing. Name decisions (deny), outcomes (failed, unknown) or both.");
        if (per == LimitScope.Fleet) problems.Add(when.PlaceOf("per"), $"{where}.when.per is 'fleet'; a tripwire counts within one environment. Accepted: session, agent, principal, tool, environment.");
        if (id is null || then is null || atLeast is null || within is null || per is null) return null;
        return new TripwireDefinition { Id = id, Decisions = decisions ?? [], Outcomes = outcomes ?? [], AtLeast = atLeast.Value, Within = within.Value, Per = per.Value, Then = then.Value };
    }
}
