namespace GovernedAgents.Policy.Schemas;

/// <summary>Proves that applying a schema to one value ends: schemas that lead to each other on the same value form no loop and no long chain.</summary>
internal static class InPlaceLoops
{
    /// <summary>With at most 64 levels of an instance, this bounds how deep validation recurses.</summary>
    public const int MaxChain = 100;

    /// <summary>The problem, or null.</summary>
    public static string? Find(IEnumerable<SchemaNode> nodes)
    {
        var heights = new Dictionary<SchemaNode, int>();
        return nodes.Select(node => Measure(node, 1, heights, [])).FirstOrDefault(problem => problem is not null);
    }

    private static string? Measure(SchemaNode node, int depth, Dictionary<SchemaNode, int> heights, HashSet<SchemaNode> path)
    {
        if (heights.TryGetValue(node, out var known)) return depth + known > MaxChain ? TooLong(node) : null;
        if (!path.Add(node)) return $"{node.Pointer}: the schema leads back to itself on the same value, without end; let the reference apply to a part of the value";
        if (depth > MaxChain) return TooLong(node);
        var height = 0;
        foreach (var next in node.Keywords.SelectMany(keyword => keyword.InPlace))
        {
            if (Measure(next, depth + 1, heights, path) is { } problem) return problem;
            height = Math.Max(height, heights[next] + 1);
        }

        path.Remove(node);
        heights[node] = height;
        return null;
    }

    private static string TooLong(SchemaNode node) =>
        $"{node.Pointer}: more than {MaxChain} schemas lead to each other on the same value; join some of them";
}
