using System.Buffers;
using System.Text.Json;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>JSON-RPC 2.0 messages as one line each. Written without indentation, so a line feed inside a value is always escaped.</summary>
internal static class RpcLine
{
    /// <param name="id">Null for a notification.</param>
    public static byte[] Request(long? id, string method, Action<Utf8JsonWriter>? parameters) => Compose(json =>
    {
        if (id is { } number) json.WriteNumber("id", number);
        json.WriteString("method", method);
        if (parameters is null) return;
        json.WriteStartObject("params");
        parameters(json);
        json.WriteEndObject();
    });

    public static byte[] EmptyResult(JsonElement id) => Compose(json =>
    {
        json.WritePropertyName("id");
        id.WriteTo(json);
        json.WriteStartObject("result");
        json.WriteEndObject();
    });

    public static byte[] MethodNotFound(JsonElement id) => Compose(json =>
    {
        json.WritePropertyName("id");
        id.WriteTo(json);
        json.WriteStartObject("error");
        json.WriteNumber("code", -32601);
        json.WriteString("message", "This client offers no such method.");
        json.WriteEndObject();
    });

    private static byte[] Compose(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            members(json);
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }
}
