using System.CommandLine;
using System.Text.Json;
using GovernedAgents.Cli.Terminal;
using GovernedAgents.Client;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Cli.Commands;

/// <summary><c>gov calls submit</c>: what an agent does, by hand.</summary>
internal static class CallSubmitCommand
{
    public static Command Create(GovHost host)
    {
        var token = new Option<string?>("--session-token") { Description = "The session's own token (GOV_SESSION_TOKEN)." };
        var environment = new Option<string>("--env") { Required = true };
        var tool = new Option<string>("--tool") { Required = true };
        var arguments = new Option<string>("--args") { Description = "A JSON object, or @file.", DefaultValueFactory = _ => "{}" };
        var key = new Option<string?>("--key") { Description = "Idempotency key: the same key and request is the same call, never a second effect." };
        var reason = new Option<string?>("--reason") { Description = "Words for the reviewers." };
        var wait = new Option<string>("--wait") { Description = "How long to wait for the end: 0s, 30s, 10m.", DefaultValueFactory = _ => "10s" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only decide and preview." };
        return Verb.Create(host, "submit", "Submits a call with a session's token. Exit code: 0 done, 1 failed or unknown, 3 denied, 4 pending, 5 ended unstarted, 6 throttled.", async (run, cancellation) =>
        {
            var credential = run.Value(token) ?? host.Variable("GOV_SESSION_TOKEN") ?? throw new UsageException("No session token: give --session-token or GOV_SESSION_TOKEN (\"gov sessions start\" prints one).");
            // The id serves only to renew the token, which a single call does not outlive.
            using var session = run.Client.ResumeSession(SessionCredential.Claim(credential, "sub")?.ToString() is { Length: > 0 } id ? id : "unknown", credential);
            var result = await session.CallAsync(new CallRequest
            {
                Environment = run.Required(environment),
                Tool = run.Required(tool),
                Arguments = Parse(run.Required(arguments)),
                IdempotencyKey = run.Value(key),
                Reason = run.Value(reason),
                DryRun = run.Value(dryRun),
                Wait = DurationText.Parse(run.Required(wait)),
            }, cancellation);
            Show(run.Output, result);
            return ExitCode.Of(result);
        }, token, environment, tool, arguments, key, reason, wait, dryRun);
    }

    private static JsonElement Parse(string text)
    {
        var json = text.StartsWith('@') ? File.ReadAllText(text[1..]) : text;
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            throw new UsageException($"--args is not JSON: {fault.Message}");
        }
    }

    private static void Show(Output output, CallResult result)
    {
        switch (result)
        {
            case CallDenied denied:
                output.One(new { denied.CallId, State = "denied", denied.RuleIds, denied.Reasons, denied.Detail, denied.PolicyVersion },
                    ("call", denied.CallId), ("state", "denied"), ("rules", string.Join(", ", denied.RuleIds)), ("detail", denied.Detail));
                break;
            case CallThrottled throttled:
                output.One(new { State = "throttled", throttled.Slug, throttled.RetryAfter, throttled.Detail, throttled.IdempotencyKey },
                    ("state", throttled.Slug), ("retry after", throttled.RetryAfter?.ToString()), ("detail", throttled.Detail), ("key", throttled.IdempotencyKey));
                break;
            case CallExecuted executed: Shown.Call(output, executed.Call); break;
            case CallPending pending: Shown.Call(output, pending.Call); break;
            case CallUnknown unknown: Shown.Call(output, unknown.Call); break;
            case CallEnded ended: Shown.Call(output, ended.Call); break;
            case CallPreviewed previewed: Shown.Call(output, previewed.Call); break;
        }
    }
}
