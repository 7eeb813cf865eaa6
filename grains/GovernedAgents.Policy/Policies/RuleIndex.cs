namespace GovernedAgents.Policy.Policies;

/// <summary>
/// Which rules a call could match, found by the literal beginnings of their patterns: O(distinct lengths of beginnings) look-ups, then the rules that have no beginning
/// to be found by. A rule may be given more than once, never left out.
/// </summary>
internal sealed class RuleIndex
{
    private sealed record Table(CallText Text, int[] Lengths, Dictionary<string, int[]> Beginnings, Dictionary<string, int[]> Whole);

    private readonly Table[] _tables;

    public RuleIndex(IReadOnlyList<CompiledMatch> matches)
    {
        var entries = new List<(CallText Text, Glob Glob, int Rule)>();
        var rest = new List<int>();
        for (var rule = 0; rule < matches.Count; rule++)
        {
            if (matches[rule].Selective is { } selective) entries.AddRange(selective.Globs.Select(g => (selective.Text, g, rule)));
            else rest.Add(rule);
        }

        Rest = [.. rest];
        _tables =
        [
            .. entries.GroupBy(e => e.Text).Select(text => new Table(
                text.Key,
                [.. text.Where(e => !e.Glob.IsLiteral).Select(e => e.Glob.Prefix.Length).Distinct().Order()],
                ByPrefix(text.Where(e => !e.Glob.IsLiteral)),
                ByPrefix(text.Where(e => e.Glob.IsLiteral)))),
        ];
    }

    /// <summary>Rules that every call has to be held against.</summary>
    public int[] Rest { get; }

    /// <summary>Calls <paramref name="visit"/> with lists of rules whose beginning fits.</summary>
    public void Visit<TVisitor>(CallFacts facts, ref TVisitor visit) where TVisitor : IVisitor
    {
        foreach (var table in _tables)
        {
            var value = CompiledMatch.TextOf(facts, table.Text);
            if (table.Whole.TryGetValue(value, out var exact)) visit.Visit(exact);
            var beginnings = table.Beginnings.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (var length in table.Lengths)
            {
                if (length > value.Length) break;
                if (beginnings.TryGetValue(value.AsSpan(0, length), out var rules)) visit.Visit(rules);
            }
        }

        visit.Visit(Rest);
    }

    public interface IVisitor
    {
        void Visit(int[] rules);
    }

    private static Dictionary<string, int[]> ByPrefix(IEnumerable<(CallText Text, Glob Glob, int Rule)> entries) =>
        entries.GroupBy(e => e.Glob.Prefix, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(e => e.Rule).Distinct().ToArray(), StringComparer.Ordinal);
}
