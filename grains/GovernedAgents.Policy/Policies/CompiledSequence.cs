using GovernedAgents.Policy.Configuration;

namespace GovernedAgents.Policy.Policies;

/// <summary>A call that started fits the <c>after</c> pattern <paramref name="Key"/>; nobody asks for it any more once <paramref name="Within"/> has passed.</summary>
public sealed record SequenceMark(string Key, TimeSpan Within);

/// <summary>One distinct <c>after</c> pattern of a policy.</summary>
internal sealed class CompiledSequence
{
    private CompiledSequence(string askedBy, CompiledMatch match, SequenceMark mark) => (AskedBy, Match, Mark) = (askedBy, match, mark);

    /// <summary>The rule or limit that asks for it, the first by id.</summary>
    public string AskedBy { get; }
    public CompiledMatch Match { get; }
    /// <summary>With the longest duration that anybody asks for.</summary>
    public SequenceMark Mark { get; }

    public static CompiledSequence[] AllOf(PolicyDefinition policy, ArgumentPointers pointers) =>
    [
        .. policy.Rules.Select(r => (r.Id, r.Match.After)).Concat(policy.Limits.Select(l => (l.Id, l.Match.After))).Where(a => a.After is not null)
            .OrderBy(a => a.Id, StringComparer.Ordinal).GroupBy(a => a.After!.Key, StringComparer.Ordinal)
            .Select(g => new CompiledSequence(g.First().Id, new CompiledMatch(g.First().After!.Match, pointers), new SequenceMark(g.Key, g.Max(a => a.After!.Within)))),
    ];
}
