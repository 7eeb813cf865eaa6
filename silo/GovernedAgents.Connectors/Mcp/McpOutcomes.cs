using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>From the end of a <c>tools/call</c> to the outcome that is recorded. Pure.</summary>
internal static class McpOutcomes
{
    public static ExecutionOutcome NotStarted(string slug, string detail) => new() { Kind = OutcomeKind.NotStarted, ErrorSlug = slug, ErrorDetail = detail };

    public static ExecutionOutcome Unavailable(string connector) =>
        NotStarted("connector-unavailable", $"The MCP server '{connector}' is not there now; it is started or connected again. Nothing was sent, so the call can be submitted again.");

    /// <summary>Sent, and the end was not seen. A read has no effect that could have happened, so it simply failed.</summary>
    public static ExecutionOutcome Unseen(EffectClass effect, string slug, string detail) =>
        new() { Kind = effect == EffectClass.Read ? OutcomeKind.Failed : OutcomeKind.Unknown, ErrorSlug = slug, ErrorDetail = detail };

    /// <summary>The request was certainly not carried out.</summary>
    public static ExecutionOutcome Refused(int status) => new()
    {
        Kind = OutcomeKind.Failed,
        ErrorSlug = status switch { 401 or 403 => "unauthorized", 404 => "session-lost", 429 => "upstream-throttled", _ => "http-refused" },
        ErrorDetail = status switch
        {
            401 or 403 => $"The MCP server refused our credentials (HTTP {status}), so it did nothing. An operator has to look at the 'secrets' of this tool source.",
            404 => "The MCP server does not know our session any more (HTTP 404), so it did nothing. A new session is opened; submit the call again.",
            _ => $"The MCP server refused the request (HTTP {status}), so it did nothing.",
        },
    };

    public static ExecutionOutcome Strange(EffectClass effect, int status) => status is >= 300 and < 400
        ? Unseen(effect, "redirected", $"The MCP server answered with a redirect (HTTP {status}). None is followed: the configured url has to be the server's own.")
        : Unseen(effect, "http-error", $"The MCP server answered with HTTP {status} and no result.");

    public static ExecutionOutcome Lost(EffectClass effect, LostBecause because) => because switch
    {
        LostBecause.Oversized => Unseen(effect, "oversized", $"The MCP server answered with a message over {JsonRpcPeer.MaxLineBytes} bytes; the connection was ended."),
        LostBecause.Malformed => Unseen(effect, "malformed-answer", "The MCP server's answer is no JSON-RPC message; the connection was ended."),
        _ => Unseen(effect, "connection-lost", "The connection to the MCP server ended after the call was sent and before it answered."),
    };

    public static ExecutionOutcome Answered(EffectClass effect, JsonElement message, SecretRedactor redactor)
    {
        try
        {
            var hasResult = message.TryGetProperty("result", out var result);
            var hasError = message.TryGetProperty("error", out var error);
            if (hasError && !hasResult && error.ValueKind == JsonValueKind.Object) return OfError(error, redactor);
            if (hasResult && !hasError && result.ValueKind == JsonValueKind.Object && OfResult(result, redactor) is { } outcome) return outcome;
        }
        catch (InvalidOperationException)
        {
            // A string that is no text, or two members of one name: said below.
        }
        return Unseen(effect, "malformed-answer", "The MCP server's answer is not a tool result: it has neither a well-formed result nor an error.");
    }

    private static ExecutionOutcome OfError(JsonElement error, SecretRedactor redactor)
    {
        var json = BoundedResult.Write(writer =>
        {
            writer.WriteStartObject("error");
            foreach (var name in (ReadOnlySpan<string>)["code", "message", "data"])
            {
                if (!error.TryGetProperty(name, out var value)) continue;
                writer.WritePropertyName(name);
                redactor.Write(value, writer);
            }
            writer.WriteEndObject();
        });
        var message = error.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        return ToolError(json, redactor.Redact(message));
    }

    private static ExecutionOutcome? OfResult(JsonElement result, SecretRedactor redactor)
    {
        var hasContent = result.TryGetProperty("content", out var content);
        if (hasContent && content.ValueKind != JsonValueKind.Array) return null;
        var isError = result.TryGetProperty("isError", out var flag) && flag.ValueKind == JsonValueKind.True;
        if (flag.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.True or JsonValueKind.False)) return null;

        var json = BoundedResult.Write(writer =>
        {
            writer.WritePropertyName("content");
            if (hasContent) redactor.Write(content, writer);
            else { writer.WriteStartArray(); writer.WriteEndArray(); }
            if (result.TryGetProperty("structuredContent", out var structured))
            {
                writer.WritePropertyName("structuredContent");
                redactor.Write(structured, writer);
            }
            if (isError) writer.WriteBoolean("isError", true);
        });
        return isError ? ToolError(json, redactor.Redact(FirstText(content))) : new() { Kind = OutcomeKind.Succeeded, ResultJson = json };
    }

    private static ExecutionOutcome ToolError(string json, string said) => new()
    {
        Kind = OutcomeKind.Failed,
        ResultJson = json,
        ErrorSlug = "tool-error",
        ErrorDetail = said.Length == 0 ? "The tool reported an error." : BoundedResult.Cut(said, BoundedResult.MaxDetailChars),
    };

    private static string FirstText(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array) return "";
        foreach (var block in content.EnumerateArray())
            if (block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String) return text.GetString()!;
        return "";
    }
}
