using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Silo.Mcp;

/// <summary>What a client that knows tasks gets for a held call (SEP-2663): the task's id is the call's, so it outlives every process between.</summary>
internal sealed class CreatedTask : Result
{
    [JsonPropertyName("taskId")] public required string TaskId { get; init; }
    [JsonPropertyName("status")] public required string Status { get; init; }
    [JsonPropertyName("statusMessage")] public required string StatusMessage { get; init; }
    [JsonPropertyName("createdAt")] public required string CreatedAt { get; init; }
    [JsonPropertyName("lastUpdatedAt")] public required string LastUpdatedAt { get; init; }
    [JsonPropertyName("ttlMs")] public required long TimeToLiveMs { get; init; }
    [JsonPropertyName("pollIntervalMs")] public required int PollIntervalMs { get; init; }
}

/// <summary>The tasks extension: held calls as tasks. Nothing that a client sends here is a vote.</summary>
internal sealed class McpTasks(CallLookup lookup, IGrainFactory grains)
{
    public const string Extension = "io.modelcontextprotocol/tasks";
    private const int PollIntervalMs = 2000;

    public static bool IsWanted(JsonRpcRequest request) => request.Context?.ClientCapabilities?.Extensions?.ContainsKey(Extension) == true;

    public static CreatedTask Of(CallSnapshot call, Addresses addresses) => new()
    {
        ResultType = "task",
        TaskId = call.Id,
        Status = "working",
        StatusMessage = McpAnswers.Held(call, addresses).Detail,
        CreatedAt = Instant(call.CreatedAt),
        LastUpdatedAt = Instant(call.UpdatedAt),
        TimeToLiveMs = TimeToLive(call),
        PollIntervalMs = PollIntervalMs,
    };

    public async ValueTask<JsonNode?> GetAsync(HttpContext http, JsonRpcRequest request)
    {
        var call = await FindAsync(http, request);
        var addresses = Addresses.Of(http);
        var task = new JsonObject
        {
            ["resultType"] = "complete",
            ["taskId"] = call.Id,
            ["status"] = McpCalls.IsOpen(call) ? "working" : call.State == CallStatus.Cancelled ? "cancelled" : "completed",
            ["statusMessage"] = McpCalls.IsOpen(call) ? McpAnswers.Held(call, addresses).Detail : $"The call is {Answers.NameOf(call.State)}.",
            ["createdAt"] = Instant(call.CreatedAt),
            ["lastUpdatedAt"] = Instant(call.UpdatedAt),
            ["ttlMs"] = TimeToLive(call),
            ["pollIntervalMs"] = PollIntervalMs,
        };
        if ((string?)task["status"] == "completed") task["result"] = JsonSerializer.SerializeToNode(McpAnswers.Of(call, addresses), McpJsonUtilities.DefaultOptions);
        return task;
    }

    /// <summary>Withdraws a call that has not started; for one that has, the acknowledgement promises nothing, as the extension says.</summary>
    public async ValueTask<JsonNode?> CancelAsync(HttpContext http, JsonRpcRequest request)
    {
        var call = await FindAsync(http, request);
        await grains.GetGrain<IEnvironmentGrain>(call.Environment).CancelAsync(call.Id, http.Visitor().By);
        return new JsonObject { ["resultType"] = "complete" };
    }

    /// <summary>No task here ever asks its client for input, so there is nothing that could be answered.</summary>
    public async ValueTask<JsonNode?> UpdateAsync(HttpContext http, JsonRpcRequest request)
    {
        await FindAsync(http, request);
        return new JsonObject { ["resultType"] = "complete" };
    }

    private async Task<CallSnapshot> FindAsync(HttpContext http, JsonRpcRequest request)
    {
        if (!IsWanted(request))
            throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Extensions = new Dictionary<string, object> { [Extension] = new JsonObject() } }, $"This needs the client capability '{Extension}'.");
        var id = request.Params?["taskId"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new McpProtocolException("params.taskId is missing.", McpErrorCode.InvalidParams);
        return await lookup.FindAsync(http, id) is { } call && call.Environment == McpDoor.EnvironmentOf(http)
            ? call : throw new McpProtocolException($"There is no task '{id}' of this session.", McpErrorCode.InvalidParams);
    }

    /// <summary>Calls are kept for good; told is how long asking makes sense.</summary>
    private static long TimeToLive(CallSnapshot call) =>
        (long)Math.Max(60_000, ((call.Approval?.Deadline ?? call.CreatedAt) - call.CreatedAt + TimeSpan.FromHours(1)).TotalMilliseconds);

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(CreatedTask))]
internal sealed partial class McpTaskJson : JsonSerializerContext;
