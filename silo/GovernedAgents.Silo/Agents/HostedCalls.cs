using System.Text;
using GovernedAgents.Contracts;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Silo.Calls;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Mcp;
using ModelContextProtocol.Protocol;

namespace GovernedAgents.Silo.Agents;

/// <summary>A tool as a hosted model is offered it. <see cref="Tool"/> is null for what the silo does itself.</summary>
internal sealed record OfferedTool(string Name, string Description, string SchemaJson, ToolDescription? Tool);

/// <summary>The calls that a hosted model asks for: submitted to the environment like anybody's, under keys that follow from step and place, so that a repeat is the same call.</summary>
internal sealed class HostedCalls(McpTools tools, CallSubmission submission, CallWatch watch, HostedDelegation delegation, IGrainFactory grains, GovernanceOptions options, TimeProvider time)
{
    private const int LongestText = 64 * 1024;
    private const int LongestReason = 2000;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Under names that models and the kernel take: letters, digits and underscores.</summary>
    public IReadOnlyList<OfferedTool> Offered(HostingDefinition hosting)
    {
        var offered = new List<OfferedTool>(HostedDelegation.Offered(hosting));
        if (hosting.Environment is not { } environment) return offered;
        var all = tools.Of(environment);
        foreach (var tool in all)
        {
            var name = new StringBuilder(McpToolNames.Offered(all, tool));
            for (var i = 0; i < name.Length; i++) if (!char.IsAsciiLetterOrDigit(name[i])) name[i] = '_';
            while (offered.Exists(other => other.Name == name.ToString())) name.Append('_');
            offered.Add(new OfferedTool(name.ToString(), tool.Description, tool.InputSchemaJson, tool));
        }

        return offered;
    }

    public async Task AnswerAsync(string session, HostingDefinition hosting, HostedStep step, int index, CancellationToken stop)
    {
        var reply = step.Turns[^1].Reply;
        var call = reply.Calls[index];
        var key = $"hosted-{step.Step}-{index}";
        var tool = Offered(hosting).FirstOrDefault(tool => tool.Name == call.Name);
        var answer = tool is null ? new HostedAnswer { Text = $"There is no tool '{call.Name}'." }
            : Canonical(call.Arguments) is not { } arguments ? new HostedAnswer { Text = "Nothing was started: the arguments are not a JSON object that reads in one way only." }
            : tool.Tool is null ? await delegation.RunAsync(session, hosting, step, key, arguments, stop)
            : await CallAsync(new CallOrder
            {
                Session = session, Key = key, Environment = hosting.Environment!, Tool = tool.Tool.Name, ArgumentsJson = arguments, Wait = Wait,
                Reason = reply.Text.Length == 0 ? null : reply.Text.Length > LongestReason ? reply.Text[..LongestReason] : reply.Text,
            }, stop);
        await grains.GetGrain<IHostedSession>(session).AnswerAsync(step.Step, index, answer with { Text = answer.Text.Length > LongestText ? answer.Text[..LongestText] + " (cut)" : answer.Text });
    }

    /// <summary>Submits until it is recorded, and waits for people as long as the session lives.</summary>
    private async Task<HostedAnswer> CallAsync(CallOrder order, CancellationToken stop)
    {
        var answer = await submission.SubmitAsync(order, stop);
        while (answer.Refusal is { Slug: "unavailable" } || (answer.Value is { } open && McpCalls.IsOpen(open)))
        {
            if (answer.Value is { } call) answer = await watch.EndedAsync(call, TimeSpan.FromMinutes(1), stop);
            if (answer.Value is { } ended && !McpCalls.IsOpen(ended)) break;
            await Task.Delay(Pause, time, stop);
            if (answer.Value is null) answer = await submission.SubmitAsync(order, stop);
        }

        return answer.Refusal is { } refusal
            ? new HostedAnswer { Text = TextOf(McpAnswers.Of(refusal)), Call = refusal.CallId }
            : new HostedAnswer { Text = TextOf(McpAnswers.Of(answer.Value!, new Addresses(options.PublicUrl ?? ""))), Call = answer.Value!.Id };
    }

    private static string TextOf(CallToolResult result) =>
        string.Join('\n', result.Content.Select(content => content is TextContentBlock text ? text.Text : $"({content.Type})")) is { Length: > 0 } told ? told : result.StructuredContent?.GetRawText() ?? "";

    private static string? Canonical(string arguments)
    {
        try
        {
            var canonical = Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(arguments.Length == 0 ? "{}" : arguments)));
            return canonical.StartsWith('{') ? canonical : null;
        }
        catch (CanonicalJsonException)
        {
            return null;
        }
    }
}
