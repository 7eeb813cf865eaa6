using GovernedAgents.Contracts;
using GovernedAgents.Policy.Policies;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Makes connectors to MCP servers that run as a local process.</summary>
public sealed class McpConnectorFactory(TimeProvider time, ILoggerFactory logging) : IConnectorFactory
{
    public const string KindName = "mcp";

    public string Kind => KindName;

    /// <exception cref="ArgumentException">Another transport than <c>stdio</c>, no command, or an include that is no glob.</exception>
    public IConnector Create(ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Transport != "stdio")
            throw new ArgumentException(
                $"tools entry '{settings.Name}' of environment '{settings.Environment}': transport '{settings.Transport}' is not served by connector 'mcp'; use transport: stdio with a command.",
                nameof(settings));
        if (string.IsNullOrWhiteSpace(settings.Command))
            throw new ArgumentException(
                $"tools entry '{settings.Name}' of environment '{settings.Environment}': transport stdio needs a command that starts the MCP server; set command:.", nameof(settings));
        foreach (var pattern in settings.Include)
            if (!Glob.TryParse(pattern, out _, out var fault))
                throw new ArgumentException($"tools entry '{settings.Name}' of environment '{settings.Environment}': include '{pattern}' is no glob: {fault}", nameof(settings));
        return new McpStdioConnector(settings, time, logging.CreateLogger<McpStdioConnector>());
    }
}
