using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>MCP by hand, so that a test can also say what no client library would.</summary>
public sealed class RawMcp(HttpClient http, Uri endpoint, string? token)
{
    public const string Newest = "2026-07-28";

    public async Task<(int Status, JsonNode? Answer, HttpResponseHeaders Headers)> PostAsync(string body, params (string Name, string Value)[] headers)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            text = text.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..]).LastOrDefault(line => line.Contains("\"jsonrpc\"", StringComparison.Ordinal)) ?? "";
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response.Headers);
    }

    /// <summary>One call of a tool, as a client of revision 2025-06-18 sends it.</summary>
    public async Task<JsonNode> CallAsync(string tool, string arguments, object? id = null, string meta = "{}", params (string Name, string Value)[] headers)
    {
        var (status, answer, _) = await PostAsync($$"""{"jsonrpc":"2.0","id":{{id ?? Random.Shared.Next()}},"method":"tools/call","params":{ "name":"{{tool}}","arguments":{{arguments}},"_meta":{{meta}} } }""",
            [("MCP-Protocol-Version", "2025-06-18"), .. headers]);
        Assert.True(status == 200, $"{status} {answer}");
        return answer!["result"] ?? answer["error"]!;
    }

    /// <summary>A request as a client of revision 2026-07-28 sends it, which says with each what it is capable of.</summary>
    public async Task<JsonNode> ModernAsync(string method, JsonObject parameters, string name, string extensions = """{"io.modelcontextprotocol/tasks":{}}""")
    {
        parameters["_meta"] = JsonNode.Parse($$"""
            {"io.modelcontextprotocol/protocolVersion":"{{Newest}}","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{ "extensions":{{extensions}} } }
            """);
        var body = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = Random.Shared.Next(), ["method"] = method, ["params"] = parameters };
        var (_, answer, _) = await PostAsync(body.ToJsonString(), ("MCP-Protocol-Version", Newest), ("Mcp-Method", method), ("Mcp-Name", name));
        return answer!["result"] ?? answer["error"]!;
    }
}
