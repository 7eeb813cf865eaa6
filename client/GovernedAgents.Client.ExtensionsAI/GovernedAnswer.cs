using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Microsoft.Extensions.AI;

namespace GovernedAgents.Client.ExtensionsAI;

/// <summary>
/// What a model is told about a call. The tool's own result as it is; else an object whose member <c>governed</c> is the state (<c>pending_review</c>, <c>denied</c>, <c>throttled</c>,
/// <c>outcome_unknown</c>, …), with <c>detail</c>, <c>next</c> (what to do), <c>callId</c>, <c>ruleIds</c>, <c>retryAfter</c>, <c>approval</c>, <c>errors</c> where there are such.
/// </summary>
public static class GovernedAnswer
{
    private const string Marker = "governed";

    /// <summary>The state and call of an answer that is no tool's result; null for a tool's result. Reads live objects and what was stored and read again.</summary>
    public static (string State, string? CallId)? Read(object? answer)
    {
        var json = answer switch
        {
            JsonElement element => element,
            string text when text.StartsWith('{') => Parse(text),
            _ => default,
        };
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(Marker, out var state) && state.ValueKind == JsonValueKind.String
            ? (state.GetString()!, json.TryGetProperty("callId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null)
            : null;
    }

    internal static bool IsOpen(object? answer) => Read(answer) is { State: "pending_review" or "approved" or "executing", CallId: not null };

    /// <summary>What the model can mend or wait for; the rest is for who wrote the program.</summary>
    internal static bool IsForTheModel(GovernedAgentsException refusal) => refusal.IsUnavailable || (int?)refusal.Status is 400 or 404 or 409 or 413 or 422;

    internal static JsonElement Of(CallResult result) => result switch
    {
        CallExecuted { Succeeded: true } done => OfTool(done.Result),
        CallExecuted failed => Notice("failed", failed.Call.Error?.Detail ?? "The tool failed.", "Nothing more will happen by itself.", failed.Call.Id, more => more["result"] = Node(failed.Result)),
        CallPending { Pending: var pending } => OfPending(pending),
        CallDenied denied => Notice("denied", denied.Detail, "Do not repeat it. Find another way that these rules allow, or tell the person you work for.", denied.CallId, more => more["ruleIds"] = List(denied.RuleIds)),
        CallThrottled later => Notice("throttled", later.Detail, "Nothing was started. Go on with something else and try again later.", null, more =>
        {
            more["ruleIds"] = List(later.RuleIds);
            if (later.RetryAfter is { } wait) more["retryAfter"] = XmlConvert.ToString(wait);
        }),
        CallUnknown unknown => Notice("outcome_unknown", unknown.Detail, "Do not repeat it: look at the world first. A person settles what became of it.", unknown.Call.Id),
        CallEnded ended => Notice(ended.State.ToString().ToLowerInvariant(), ended.Detail, "It has not run. Submit it again only if it is still needed.", ended.Call.Id),
        _ => throw new ArgumentException($"A call ended as {result.GetType().Name}, which no tool asks for.", nameof(result)),
    };

    internal static JsonElement Of(GovernedAgentsException refusal) => Notice("refused", refusal.Detail,
        refusal.IsUnavailable ? "Nothing is known to have started. Try again in a moment." : "Nothing was started. Mend what is named and call again.", refusal.CallId, more =>
        {
            more["slug"] = refusal.Slug;
            if (refusal.Errors.Count > 0) more["errors"] = new JsonArray([.. refusal.Errors.Select(error => (JsonNode)new JsonObject { ["pointer"] = error.Pointer, ["detail"] = error.Detail })]);
        });

    internal static JsonElement Refused(string slug, string detail) => Notice("refused", detail, "Mend what is named and call again.", null, more => more["slug"] = slug);

    private static JsonElement OfPending(PendingCall pending)
    {
        if (pending.Call.State == CallState.Executing) return Notice("executing", "It is running.", "Ask governed_status with this callId for its end; do not submit it again.", pending.Id);
        var needed = string.Join(", ", pending.Call.Approval?.Needed.Select(slot => $"{slot.Approvals} of {string.Join(" or ", slot.From)}") ?? []);
        return Notice(pending.Call.State == CallState.Approved ? "approved" : "pending_review", pending.Call.State == CallState.Approved
                ? "Approved, not run yet: it waits for its timer or a limit." : $"Not run yet: it waits for people to review it ({needed}), at {pending.ApprovalUrl}.",
            "Tell the person you work for that it waits. Ask governed_status with this callId for its end; do not submit it again.", pending.Id, more =>
                more["approval"] = new JsonObject { ["url"] = pending.ApprovalUrl, ["deadline"] = pending.Deadline?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture) });
    }

    /// <summary>An MCP result's structure where it has one, else its text; a tool that says <c>governed</c> itself does not get to be mistaken for the gate.</summary>
    private static JsonElement OfTool(JsonElement? result)
    {
        if (result is not { ValueKind: JsonValueKind.Object } answer) return Element(Node(result));
        var said = answer;
        if (answer.TryGetProperty("structuredContent", out var structured)) said = structured;
        else if (answer.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array && content.EnumerateArray().All(IsText))
            return Element(JsonValue.Create(string.Join('\n', content.EnumerateArray().Select(block => block.GetProperty("text").GetString()))), wrap: true);
        return Element(Node(said), wrap: true);
    }

    private static JsonElement Element(JsonNode? node, bool wrap = false)
    {
        var element = JsonSerializer.SerializeToElement(node, AIJsonUtilities.DefaultOptions);
        var text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        return wrap && Read((object?)text ?? element) is not null ? JsonSerializer.SerializeToElement(new JsonObject { ["result"] = node?.DeepClone() }, AIJsonUtilities.DefaultOptions) : element;
    }

    private static JsonElement Notice(string state, string detail, string next, string? callId, Action<JsonObject>? more = null)
    {
        var notice = new JsonObject { [Marker] = state, ["detail"] = detail, ["next"] = next };
        if (callId is not null) notice["callId"] = callId;
        more?.Invoke(notice);
        return JsonSerializer.SerializeToElement(notice, AIJsonUtilities.DefaultOptions);
    }

    private static JsonElement Parse(string text)
    {
        try { return JsonDocument.Parse(text).RootElement; }
        catch (JsonException) { return default; }
    }

    private static bool IsText(JsonElement block) => block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String;
    private static JsonNode? Node(JsonElement? element) => element is { } value ? JsonSerializer.SerializeToNode(value, AIJsonUtilities.DefaultOptions) : null;
    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
