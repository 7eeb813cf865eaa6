using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Silo.Mcp;

/// <summary>Why a call gave no result of its tool, for a model to act on: the sentence is the text of the answer, this is its structured content.</summary>
internal sealed record McpNotice
{
    public required string State { get; init; }
    public required string Detail { get; init; }
    /// <summary>What to do now.</summary>
    public required string Next { get; init; }
    public string? Slug { get; init; }
    public string? CallId { get; init; }
    public IReadOnlyList<string>? RuleIds { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public IReadOnlyList<FieldError>? Errors { get; init; }
    public McpApproval? Approval { get; init; }
}

internal sealed record McpApproval(string Id, string Url, IReadOnlyList<SlotProgress> Needed, DateTimeOffset Deadline);

/// <summary>From what became of a call to the tool result that a model reads. One table.</summary>
internal static class McpAnswers
{
    public const string CallMeta = "governedagents/call";
    public const string StatusTool = "governed_status";

    public static CallToolResult Of(Refusal refusal) => Notice(new McpNotice
    {
        State = refusal.Slug is "throttled" or "too-many-pending" or "intake-limit" ? "throttled" : refusal.Slug == "denied" ? "denied" : "refused",
        Slug = refusal.Slug,
        Detail = refusal.Detail,
        CallId = refusal.CallId,
        RuleIds = refusal.RuleIds,
        RetryAfter = refusal.RetryAfter,
        Errors = refusal.Errors,
        Next = refusal.Slug switch
        {
            "denied" => "Do not repeat it. Find another way that these rules allow, or tell the person you work for.",
            "throttled" or "too-many-pending" or "intake-limit" => "Nothing was started. Go on with something else and try again later.",
            "invalid-arguments" => "Nothing was started. Mend the arguments and call again.",
            "unavailable" => "Try again in a moment, under the same idempotency key.",
            _ => "Nothing was started.",
        },
    }, isError: true);

    public static CallToolResult Of(CallSnapshot call, Addresses addresses) => call.State switch
    {
        CallStatus.Succeeded => OfTool(call, isError: false),
        CallStatus.Failed when call.ResultJson is not null => OfTool(call, isError: true),
        CallStatus.Failed => Ended(call, "The tool failed.", "Nothing more will happen by itself."),
        CallStatus.PendingReview => Notice(Held(call, addresses), isError: false),
        CallStatus.Approved => Notice(Held(call, addresses) with { Detail = "Approved, not run yet: it waits for its timer or a limit." }, isError: false),
        CallStatus.Executing => Notice(Plain(call, "It is running.", $"Ask {StatusTool} with this callId for its end; do not submit it again."), isError: false),
        CallStatus.OutcomeUnknown => Ended(call, "It was started and its end was not seen: the effect may have happened.", "Do not repeat it: look at the world first. A person settles what became of it."),
        CallStatus.Denied => Ended(call, "Denied.", "Do not repeat it. Find another way, or tell the person you work for."),
        CallStatus.Throttled => Ended(call, "Over a limit.", "Nothing was started. Go on with something else and try again later."),
        CallStatus.Expired => Ended(call, "Nobody approved it in time. It has not run.", "Submit it again only if it is still needed."),
        CallStatus.Cancelled => Ended(call, "It was withdrawn. It has not run.", "Submit it again only if it is still needed."),
        CallStatus.Voided => Ended(call, "Something that its review relied on has changed. It has not run.", "Submit it again if it is still needed; it will be judged afresh."),
        _ => Ended(call, $"The call is {Answers.NameOf(call.State)}.", "Nothing was started."),
    };

    /// <summary>A sentence about a call that waits, for the status of a task.</summary>
    public static McpNotice Held(CallSnapshot call, Addresses addresses)
    {
        if (call.Approval is not { } approval) return Plain(call, "It is running.", $"Ask {StatusTool} with this callId for its end.");
        var needed = string.Join(", ", approval.Needed.Select(slot => $"{slot.Approvals} of {string.Join(" or ", slot.From)}"));
        return Plain(call, $"Not run yet: it waits for people to review it ({needed}), at {addresses.OfApproval(approval.Id)}.",
            $"Tell the person you work for that it waits. Ask {StatusTool} with this callId for its end; do not submit it again.") with
        {
            Approval = new McpApproval(approval.Id, addresses.OfApproval(approval.Id), approval.Needed, approval.Deadline),
        };
    }

    private static CallToolResult Ended(CallSnapshot call, string otherwise, string next) =>
        Notice(Plain(call, call.Error?.Detail is { Length: > 0 } said ? said : otherwise, next) with { Slug = call.Error?.Slug, RetryAfter = call.RetryAfter }, isError: true);

    private static McpNotice Plain(CallSnapshot call, string detail, string next) =>
        new() { State = Answers.NameOf(call.State), Detail = detail, Next = next, CallId = call.Id, RuleIds = call.Decision.RuleIds };

    private static CallToolResult Notice(McpNotice notice, bool isError) => new()
    {
        IsError = isError,
        Content = [new TextContentBlock { Text = $"{notice.Detail} {notice.Next}{(notice.CallId is { } id ? $" (callId {id})" : "")}" }],
        StructuredContent = JsonSerializer.SerializeToElement(notice, ApiJson.Options),
    };

    /// <summary>The tool's own answer as it came; what is no MCP result (another kind of connector, a cut answer) is told as text and structure.</summary>
    private static CallToolResult OfTool(CallSnapshot call, bool isError)
    {
        var json = call.ResultJson ?? "{}";
        CallToolResult result;
        using (var document = JsonDocument.Parse(json))
            result = document.RootElement.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array && ReadOrNull(json) is { } own ? own : new CallToolResult
            {
                Content = [new TextContentBlock { Text = json }],
                StructuredContent = document.RootElement.Clone(),
            };
        result.IsError = isError;
        result.Meta = new JsonObject { [CallMeta] = new JsonObject { ["id"] = call.Id, ["state"] = Answers.NameOf(call.State), ["createdAt"] = JsonSerializer.SerializeToNode(call.CreatedAt, ApiJson.Options) } };
        return result;
    }

    private static CallToolResult? ReadOrNull(string json)
    {
        try { return JsonSerializer.Deserialize<CallToolResult>(json, McpJsonUtilities.DefaultOptions); }
        catch (JsonException) { return null; } // A kind of content that this version does not know.
    }
}
