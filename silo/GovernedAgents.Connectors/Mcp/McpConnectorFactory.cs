using GovernedAgents.Contracts;
using GovernedAgents.Policy.Policies;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Makes connectors to MCP servers: local processes (<c>stdio</c>), or remote ones over streamable HTTP (<c>http</c>).</summary>
public sealed class McpConnectorFactory(TimeProvider time, ILoggerFactory logging) : IConnectorFactory
{
    public const string KindName = "mcp";
    internal const string Stdio = "stdio", Http = "http";

    public string Kind => KindName;

    /// <exception cref="ArgumentException">Another transport, no command or address for it, or an include that is no glob.</exception>
    public IConnector Create(ConnectorSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var entry = $"tools entry '{settings.Name}' of environment '{settings.Environment}'";
        switch (settings.Transport)
        {
            case Stdio when string.IsNullOrWhiteSpace(settings.Command):
                throw new ArgumentException($"{entry}: transport stdio needs a command that starts the MCP server; set command:.", nameof(settings));
            case Http when !IsAddress(settings.Url):
                throw new ArgumentException($"{entry}: transport http needs the address of the MCP server; set url: to an http or https address without a user name, such as https://tools.example/mcp.", nameof(settings));
            case not (Stdio or Http):
                throw new ArgumentException($"{entry}: transport '{settings.Transport}' is not served by connector 'mcp'; use stdio with a command, or http with a url.", nameof(settings));
        }

        foreach (var pattern in settings.Include)
            if (!Glob.TryParse(pattern, out _, out var fault))
                throw new ArgumentException($"{entry}: include '{pattern}' is no glob: {fault}", nameof(settings));
        return new McpConnector(settings, time, logging.CreateLogger<McpConnector>());
    }

    private static bool IsAddress(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https") && address.UserInfo.Length == 0;
}
