using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>Every text here is redacted by the caller.</summary>
internal static partial class McpLog
{
    [LoggerMessage(1, LogLevel.Information, "MCP server {Connector} is up with {Tools} tools, protocol {Protocol}")]
    public static partial void Up(ILogger logger, string connector, int tools, string protocol);

    [LoggerMessage(2, LogLevel.Warning, "MCP server {Connector} is not available: {Reason} Next attempt in {Delay}")]
    public static partial void Down(ILogger logger, string connector, string reason, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Debug, "MCP server {Connector} says: {Line}")]
    public static partial void StandardError(ILogger logger, string connector, string line);

    [LoggerMessage(4, LogLevel.Warning, "Tool {Tool} is pinned to {Pin}, but its server hints at more ({Hint}); check the pin")]
    public static partial void PinBelowHint(ILogger logger, string tool, string pin, string hint);

    [LoggerMessage(5, LogLevel.Warning, "Tool {Tool} is held back: {Reason}")]
    public static partial void HeldBack(ILogger logger, string tool, string reason);

    [LoggerMessage(6, LogLevel.Warning, "MCP server {Connector} lists a tool whose name is not 1 to 128 of A-Z a-z 0-9 _ - . /; it is left out")]
    public static partial void BadToolName(ILogger logger, string connector);

    [LoggerMessage(7, LogLevel.Debug, "MCP server {Connector}: {What}; the message is dropped")]
    public static partial void Dropped(ILogger logger, string connector, string what);

    [LoggerMessage(8, LogLevel.Warning, "MCP server {Connector}: the tools cannot be listed again, no call is sent until they can: {Reason}")]
    public static partial void RelistFailed(ILogger logger, string connector, string reason);
}
