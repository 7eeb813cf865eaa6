using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Silo.Mcp;

/// <summary><c>tools/call</c>: one governed call of the session, and the tool that asks for its state.</summary>
internal sealed class McpCalls(McpTools tools, McpKeys keys, CallSubmission submission, CallWatch watch, CallLookup lookup, IReadModel readModel, GovernanceOptions options)
{
    public const string ReasonMeta = "governedagents/reason";

    /// <summary>What became of a call so far: its result, or the call itself while people or the tool are at it.</summary>
    public async Task<(CallToolResult Result, CallSnapshot? Open)> CallAsync(HttpContext http, JsonRpcRequest request, bool returnHeld, CancellationToken cancellation)
    {
        var environment = McpDoor.EnvironmentOf(http);
        var session = http.Visitor().Session!;
        var parameters = request.Params as JsonObject ?? throw Invalid("tools/call needs params.");
        var name = parameters["name"]?.GetValue<string>() ?? throw Invalid("tools/call needs params.name.");
        // The body came in canonical form, so this is canonical again whatever the numbers and strings in it.
        var arguments = Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes((parameters["arguments"] ?? new JsonObject()).ToJsonString())));
        if (name == McpAnswers.StatusTool) return (await StatusAsync(http, environment, parameters["arguments"] as JsonObject, cancellation), null);
        var tool = McpToolNames.Find(tools.Of(environment), name) ?? throw Invalid($"There is no tool '{name}' in '{environment}'. tools/list lists them.");

        var meta = parameters["_meta"] as JsonObject;
        var key = await keys.OfAsync(session, request.Id.ToString(), meta?[McpKeys.Meta], tool.Name, arguments, cancellation)
            ?? throw Invalid($"_meta[\"{McpKeys.Meta}\"] must have 1 to 255 visible ASCII characters (no spaces).");
        var order = new CallOrder
        {
            Session = session, Key = key, Environment = environment, Tool = tool.Name, ArgumentsJson = arguments, Reason = ReasonOf(meta), Wait = RequestHeaders.Wait(http.Request).Value ?? RequestHeaders.DefaultWait,
        };
        var answer = await submission.SubmitAsync(order, cancellation);
        if (answer.Refusal is { } refusal) return (McpAnswers.Of(refusal), null);
        var call = answer.Value!;
        if (!returnHeld) call = await watch.EndedAsync(call, Patience(http), cancellation);
        return (McpAnswers.Of(call, Addresses.Of(http)), IsOpen(call) ? call : null);
    }

    public static bool IsOpen(CallSnapshot call) => call.State is Policy.CallStatus.PendingReview or Policy.CallStatus.Approved or Policy.CallStatus.Executing;

    /// <summary>How long an answer may be held for people: <c>Prefer: wait=N</c>, else what the host is set to.</summary>
    private TimeSpan Patience(HttpContext http) => RequestHeaders.Wait(http.Request).Value ?? options.McpWait;

    private static string? ReasonOf(JsonObject? meta) => meta?[ReasonMeta] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) && text.Length <= 2000 => text,
        _ => throw Invalid($"_meta[\"{ReasonMeta}\"] must be a text of at most 2000 characters."),
    };

    private async Task<CallToolResult> StatusAsync(HttpContext http, string environment, JsonObject? arguments, CancellationToken cancellation)
    {
        if (arguments?["callId"] is { } given)
        {
            var id = given is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Invalid("callId must be a text.");
            return await lookup.FindAsync(http, id) is { } call
                ? McpAnswers.Of(await watch.EndedAsync(call, Patience(http), cancellation), Addresses.Of(http))
                : McpAnswers.Of(new Refusal { Slug = "not-found", Detail = $"This session has no call '{id}'." });
        }
        var filter = new CallFilter { Environment = environment, Session = http.Visitor().Session };
        var open = (await readModel.ListCallsAsync(filter, new PageRequest(200, null), cancellation)).Items.Where(IsOpen).ToArray();
        var lines = open.Select(call => $"{call.Id}: {call.Tool} is {Answers.NameOf(call.State)}.");
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = open.Length == 0 ? "No call of this session is open here." : string.Join('\n', lines) }],
            StructuredContent = System.Text.Json.JsonSerializer.SerializeToElement(new { calls = open.Select(call => new { callId = call.Id, tool = call.Tool, state = call.State }) }, ApiJson.Options),
        };
    }

    private static McpProtocolException Invalid(string message) => new(message, McpErrorCode.InvalidParams);
}
