using System.Collections.Concurrent;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Grains.Configuration;

/// <summary>Globs of configuration over names; each pattern is compiled once. Bounded by what the configuration holds.</summary>
internal static class NameGlobs
{
    private static readonly ConcurrentDictionary<string, Glob> Compiled = new(StringComparer.Ordinal);

    public static bool AnyMatches(IEnumerable<string> patterns, string name) => patterns.Any(pattern => Compiled.GetOrAdd(pattern, Glob.Parse).IsMatch(name));
}
