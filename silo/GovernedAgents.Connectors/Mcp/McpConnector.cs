using System.Text.Json;
using GovernedAgents.Contracts;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>
/// The tools of one MCP server, our child process or a remote one. A call is sent at most once; whatever ends after the first byte and without an answer is unknown (a
/// read: failed). New or changed tools are held back until an operator accepts their hash.
/// </summary>
public sealed class McpConnector : IConnector, IToolQuarantine
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(15);
    private readonly ConnectorSettings _settings;
    private readonly TimeProvider _time;
    private readonly ServerKeeper _keeper;

    internal McpConnector(ConnectorSettings settings, TimeProvider time, ILogger logger)
    {
        (_settings, _time) = (settings, time);
        _keeper = new(settings, time, logger);
    }

    public IReadOnlyDictionary<string, ToolDescription> Tools => _keeper.Catalogue.Tools;

    /// <summary>Waits for the end of the first attempt, at most 15 s; the attempts go on either way.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var first = _keeper.Start();
        try { await first.WaitAsync(StartDeadline, _time, cancellation).ConfigureAwait(false); }
        catch (TimeoutException) { /* a slow server is listed when it is there */ }
    }

    public CallClassification Classify(ToolDescription tool, JsonElement arguments)
    {
        var bare = Bare(tool);
        var found = _settings.Resource.TryGetValue(bare, out var pointer) ? JsonPointer.Find(arguments, pointer) : null;
        var resource = found switch
        {
            null => "",
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { } other => other.GetRawText(),
        };
        return new($"mcp:{_settings.Name}:{bare}", resource, tool.Effect);
    }

    /// <summary>MCP has no preview.</summary>
    public Task<CallPreview?> PreviewAsync(ToolDescription tool, JsonElement arguments, CancellationToken cancellation) => Task.FromResult<CallPreview?>(null);

    /// <summary>MCP has no look-up of a call.</summary>
    public Task<ExecutionOutcome?> ReconcileAsync(ExecutionRequest request, CancellationToken cancellation) => Task.FromResult<ExecutionOutcome?>(null);

    public async Task<ExecutionOutcome> ExecuteAsync(ExecutionRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_keeper.Ready is not { } session) return McpOutcomes.Unavailable(_settings.Name);
        if (!StillOffered(request.Tool)) return Changed(request.Tool);

        var changed = false;
        bool BeforeSend()
        {
            // Again in the writer's turn: the server may have announced another schema while the call waited.
            changed = !ReferenceEquals(_keeper.Ready, session) || !StillOffered(request.Tool);
            return !changed && request.BeforeSend();
        }

        using var deadline = new CancellationTokenSource(_settings.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        RpcEnd end;
        try
        {
            end = await session.RequestAsync("tools/call", json => WriteCall(json, request), BeforeSend, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            return McpOutcomes.NotStarted("bad-request", "The arguments are not well-formed JSON text, so nothing was sent.");
        }
        var timedOut = deadline.IsCancellationRequested || !cancellation.IsCancellationRequested;
        return end switch
        {
            RpcEnd.Answered answered => McpOutcomes.Answered(request.Effect, answered.Message, session.Redactor),
            RpcEnd.Lost lost => McpOutcomes.Lost(request.Effect, lost.Because),
            RpcEnd.Refused refused => McpOutcomes.Refused(refused.Status),
            RpcEnd.Strange strange => McpOutcomes.Strange(request.Effect, strange.Status),
            RpcEnd.GaveUp when timedOut =>
                McpOutcomes.Unseen(request.Effect, "timeout", $"The MCP server did not answer within {_settings.Timeout.TotalSeconds:0.###} s; the call was sent and then cancelled."),
            RpcEnd.GaveUp => McpOutcomes.Unseen(request.Effect, "cancelled", "The call was sent, and the wait for its answer was cancelled."),
            RpcEnd.NotSent { Because: NotSentBecause.Refused } when changed => Changed(request.Tool),
            RpcEnd.NotSent { Because: NotSentBecause.Refused } =>
                McpOutcomes.NotStarted("start-lease-expired", "The permission to start had lapsed when the call came to be sent; nothing was sent. Submit it again."),
            RpcEnd.NotSent { Because: NotSentBecause.GaveUp } =>
                McpOutcomes.NotStarted(timedOut ? "timeout" : "cancelled", "The wait ended before the call could be sent; nothing was sent."),
            _ => McpOutcomes.Unavailable(_settings.Name),
        };
    }

    public bool Holds(string toolName, string schemaHash) => _keeper.Catalogue is var now && now.IsQuarantined(toolName) && now.Tools[toolName].SchemaHash == schemaHash;

    public Task AskAgainAsync() => _keeper.AskAgainAsync();

    /// <summary>Ends the connection, and a child with everything that it started; outstanding calls end as lost.</summary>
    public ValueTask DisposeAsync() => _keeper.DisposeAsync();

    private string Bare(ToolDescription tool) => tool.Name[(_settings.Name.Length + 1)..];

    private bool StillOffered(ToolDescription tool) => Tools.TryGetValue(tool.Name, out var now) && now.HeldBack is null && now.SchemaHash == tool.SchemaHash;

    private static ExecutionOutcome Changed(ToolDescription tool) =>
        McpOutcomes.NotStarted("tool-changed", $"The tool '{tool.Name}' is no longer offered as it was when the call was decided ({tool.SchemaHash}); nothing was sent. Look at GET /v1/tools and submit again.");

    private void WriteCall(Utf8JsonWriter json, ExecutionRequest request)
    {
        json.WriteString("name", Bare(request.Tool));
        json.WritePropertyName("arguments");
        request.Arguments.WriteTo(json);
        json.WriteStartObject("_meta");
        json.WriteString("governedagents/callId", request.CallId);
        json.WriteEndObject();
    }
}
