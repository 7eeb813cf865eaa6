using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CostExplorerTools;

/// <summary>The protocol's side of the cloud: lists the operations, runs one, turns a refusal into <c>isError</c>.</summary>
internal sealed class CloudTools(CloudStore store)
{
    private readonly CloudOperations _operations = new(store);

    public static ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellation) =>
        ValueTask.FromResult(new ListToolsResult { Tools = [.. CloudCatalogue.Tools] });

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        var name = request.Params?.Name ?? "";
        var arguments = JsonSerializer.SerializeToElement(request.Params?.Arguments ?? new Dictionary<string, JsonElement>());
        try
        {
            CloudCatalogue.Check(name, arguments);
            var answer = await _operations.RunAsync(name, arguments, CallId(request.Params?.Meta), cancellation);
            return new CallToolResult
            {
                Content = [new TextContentBlock { Text = answer.ToJsonString() }],
                StructuredContent = JsonSerializer.SerializeToElement(answer),
            };
        }
        catch (CloudRefusal refusal)
        {
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = refusal.Message }] };
        }
    }

    private static string? CallId(JsonObject? meta) =>
        meta?["governedagents/callId"] is JsonValue value && value.TryGetValue<string>(out var id) ? id : null;
}
