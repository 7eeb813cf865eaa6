using System.Collections.Frozen;

namespace GovernedAgents.Connectors.Aws.Catalogue;

/// <summary>How AWS describes what an action does.</summary>
internal enum AccessLevel { List, Read, Tagging, Write, Permissions }

/// <summary>
/// Every action of the AWS Service Authorization Reference with its access level. The data is compacted from a maintained package (see <c>SOURCE.md</c>) by
/// <c>deploy/tools/compact-aws-actions.mjs</c>, embedded, and read when it is first asked.
/// </summary>
internal static class ActionCatalogue
{
    private static readonly Lazy<FrozenDictionary<string, AccessLevel>> Known = new(Load);

    /// <summary>Every action, <c>service:Action</c>.</summary>
    public static IEnumerable<string> Names => Known.Value.Keys;

    /// <summary>Null for a service or an action that the catalogue does not have.</summary>
    /// <param name="permission"><c>service:Action</c>, as a policy of AWS writes it; case is not told apart there either.</param>
    public static AccessLevel? LevelOf(string permission) => Known.Value.TryGetValue(permission, out var level) ? level : null;

    private static FrozenDictionary<string, AccessLevel> Load()
    {
        using var text = new StreamReader(typeof(ActionCatalogue).Assembly.GetManifestResourceStream("aws-actions.txt")!);
        var known = new Dictionary<string, AccessLevel>(StringComparer.OrdinalIgnoreCase);
        while (text.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            var level = Enum.Parse<AccessLevel>(words[1], ignoreCase: true);
            foreach (var action in words.AsSpan(2)) known.Add($"{words[0]}:{action}", level);
        }

        return known.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
