namespace GovernedAgents.Policy.Configuration;

internal static class ReviewReader
{
    public static ReviewDefinition? Read(ConfigNode? node, string where, ProblemList problems)
    {
        if (node is null) return null;
        var fields = new Fields(node, where, problems);
        var quorum = fields.Many("quorum", (n, l) => Slot(n, l, problems), single: false);
        var escalate = fields.Node("escalate") is { } e ? new Fields(e, fields.Label("escalate"), problems) : null;
        var review = new ReviewDefinition
        {
            Quorum = quorum,
            Denials = fields.Whole("denials", 1, 100),
            ExpiresAfter = fields.Duration("expiresAfter"),
            WaitTimer = fields.Duration("waitTimer"),
            StepUp = fields.Duration("stepUp"),
            EscalateAfter = escalate?.Duration("after", required: true),
            EscalateTo = escalate?.Many("to", (n, l) => Spellings.Party(n, l, problems), required: true),
        };
        escalate?.Close();
        fields.Close();
        return review;
    }

    private static QuorumSlot? Slot(ConfigNode node, string label, ProblemList problems)
    {
        var fields = new Fields(node, label, problems);
        var from = fields.Many("from", (n, l) => Spellings.Party(n, l, problems), required: true);
        var approvals = fields.Whole("approvals", 1, 100, required: true);
        fields.Close();
        return from is null || approvals is null ? null : new QuorumSlot { From = from, Approvals = approvals.Value };
    }
}
