using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Configuration;

internal static class FreezeReader
{
    public static FreezeDefinition? Read(ConfigNode node, HashSet<string> ids, ProblemList problems)
    {
        var fields = new Fields(node, "freeze", problems);
        var id = Spellings.Id(fields.Node("id", required: true), "freeze.id", problems);
        if (id is not null && !ids.Add(id)) problems.Add(fields.PlaceOf("id"), $"The freeze id '{id}' stands twice. Choose another.");
        var blocks = fields.Choices<EffectClass>("blocks");
        var recurring = fields.Entries.Any(e => e.Key == "cron");
        var freeze = recurring ? Recurring(fields, problems) : Dated(fields, problems);
        fields.Close();
        if (id is null || freeze is null) return null;
        freeze = freeze with { Id = id };
        return blocks is null ? freeze : freeze with { Blocks = [.. blocks.Distinct().Order()] };
    }

    private static FreezeDefinition? Dated(Fields fields, ProblemList problems)
    {
        var from = Spellings.Instant(fields.Node("from", required: true), "freeze.from", problems);
        var to = Spellings.Instant(fields.Node("to", required: true), "freeze.to", problems);
        foreach (var key in new[] { "duration", "timeZone" })
            if (fields.Node(key) is { } stray) problems.Add(stray.At, $"freeze.{key} goes with a recurring freeze. Write cron instead of from and to, or remove it.");
        if (from is not null && to is not null && to <= from) problems.Add(fields.PlaceOf("to"), "freeze.to is not after freeze.from.");
        return from is null || to is null ? null : new FreezeDefinition { Id = "", From = from, To = to };
    }

    private static FreezeDefinition? Recurring(Fields fields, ProblemList problems)
    {
        var cron = Cron(fields.Node("cron"), problems);
        var duration = fields.Duration("duration", required: true);
        var zone = Zone(fields.Node("timeZone"), problems);
        foreach (var key in new[] { "from", "to" })
            if (fields.Node(key) is { } stray) problems.Add(stray.At, $"freeze.{key} goes with a dated freeze. Write either from and to, or cron and duration.");
        return cron is null || duration is null || zone is null ? null : new FreezeDefinition { Id = "", Cron = cron, Duration = duration, TimeZone = zone };
    }

    private static string? Cron(ConfigNode? node, ProblemList problems)
    {
        var text = Fields.AsText(node, "freeze.cron", problems, 200);
        if (text is null) return null;
        if (CronSchedule.TryParse(text, out var schedule, out var fault)) return schedule.ToString();
        problems.Add(node!.At, $"freeze.cron is {node.Shown}; {fault}");
        return null;
    }

    private static string? Zone(ConfigNode? node, ProblemList problems)
    {
        if (node is null) return "UTC";
        var name = Fields.AsText(node, "freeze.timeZone", problems, 100);
        if (name is null || TimeZoneInfo.TryFindSystemTimeZoneById(name, out _)) return name;
        problems.Add(node.At, $"freeze.timeZone is {node.Shown}, which this machine's time zone data does not know. Write an IANA name (Asia/Shanghai, Europe/Berlin, UTC).");
        return null;
    }
}
