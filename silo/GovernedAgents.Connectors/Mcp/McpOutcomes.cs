using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>From the end of a <c>tools/call</c> to the outcome that is recorded. Pure.</summary>
internal static class McpOutcomes
{
    public const int MaxResultBytes = 1024 * 1024;
    private const int MaxDetailChars = 500;

    public static ExecutionOutcome NotStarted(string slug, string detail) => new() { Kind = OutcomeKind.NotStarted, ErrorSlug = slug, ErrorDetail = detail };

    public static ExecutionOutcome Unavailable(string connector) =>
        NotStarted("connector-unavailable", $"The MCP server '{connector}' is not running; it is being restarted. Nothing was sent, so the call can be submitted again.");

    /// <summary>Sent, and the end was not seen. A read has no effect that could have happened, so it simply failed.</summary>
    public static ExecutionOutcome Unseen(EffectClass effect, string slug, string detail) =>
        new() { Kind = effect == EffectClass.Read ? OutcomeKind.Failed : OutcomeKind.Unknown, ErrorSlug = slug, ErrorDetail = detail };

    public static ExecutionOutcome Lost(EffectClass effect, LostBecause because) => because switch
    {
        LostBecause.Oversized => Unseen(effect, "oversized", $"The MCP server answered with a line over {JsonRpcPeer.MaxLineBytes} bytes; the connection was ended."),
        LostBecause.Malformed => Unseen(effect, "malformed-answer", "The MCP server wrote a line that is no JSON-RPC message; the connection was ended."),
        _ => Unseen(effect, "connection-lost", "The MCP server ended after the call was sent and before it answered."),
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
        var json = Write(writer =>
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

        var json = Write(writer =>
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
        ErrorDetail = said.Length == 0 ? "The tool reported an error." : Cut(said, MaxDetailChars),
    };

    private static string FirstText(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Array) return "";
        foreach (var block in content.EnumerateArray())
            if (block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String) return text.GetString()!;
        return "";
    }

    private static string Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return bytes.WrittenCount <= MaxResultBytes ? Encoding.UTF8.GetString(bytes.WrittenSpan) : Truncated(bytes.WrittenSpan);
    }

    /// <summary>The hash is of the redacted text: one of the original would let a reader of the result test guesses of a secret.</summary>
    private static string Truncated(ReadOnlySpan<byte> whole)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(whole));
        var text = Encoding.UTF8.GetString(whole[..MaxResultBytes]);
        // The text becomes a string inside JSON and grows by its escapes: look for the longest part that still fits.
        var (fits, over) = (0, text.Length);
        while (over - fits > 1)
        {
            var middle = (fits + over) / 2;
            if (Build(Cut(text, middle)).WrittenCount <= MaxResultBytes) fits = middle;
            else over = middle;
        }
        return Encoding.UTF8.GetString(Build(Cut(text, fits)).WrittenSpan);

        ArrayBufferWriter<byte> Build(string part)
        {
            var bytes = new ArrayBufferWriter<byte>(MaxResultBytes);
            using var json = new Utf8JsonWriter(bytes, SecretRedactor.Compact);
            json.WriteStartObject();
            json.WriteBoolean("truncated", true);
            json.WriteString("sha256", sha256);
            json.WriteString("text", part);
            json.WriteEndObject();
            json.Flush();
            return bytes;
        }
    }

    /// <summary>Never in the middle of a surrogate pair.</summary>
    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
