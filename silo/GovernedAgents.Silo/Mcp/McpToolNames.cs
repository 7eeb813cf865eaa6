using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Mcp;

/// <summary>The registry's names and the names that models are given: most of them take no dot, so <c>files.write_file</c> is exported as <c>files__write_file</c>.</summary>
internal static class McpToolNames
{
    public static string Exported(string name) => name.Replace(".", "__", StringComparison.Ordinal);

    /// <summary>The tool of either name. Two tools that would be exported under one name are offered under their own only.</summary>
    public static ToolDescription? Find(IReadOnlyList<ToolDescription> tools, string name)
    {
        if (tools.FirstOrDefault(t => t.Name == name) is { } own) return own;
        var meant = tools.Where(t => Exported(t.Name) == name).Take(2).ToArray();
        return meant.Length == 1 ? meant[0] : null;
    }

    public static string Offered(IReadOnlyList<ToolDescription> tools, ToolDescription tool) =>
        Exported(tool.Name) is var exported && tools.All(other => other == tool || (Exported(other.Name) != exported && other.Name != exported)) ? exported : tool.Name;
}
