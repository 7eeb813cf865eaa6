using System.Text.Json.Nodes;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Silo.Demo;

/// <summary>Who plays before the silo: the agent with its session token, dana who started it, alice and bob who review, olga who audits. Prints the records that each step has left.</summary>
internal sealed class Stage(Story story, DemoSilo silo)
{
    public string Dana { get; } = silo.Token("dana", ["developer", "reviewer"], ["developers", "sre"]);
    public string Alice { get; } = silo.Token("alice", ["reviewer"], ["sre"]);
    public string Bob { get; } = silo.Token("bob", ["reviewer"], ["sre"]);
    private readonly string _olga = silo.Token("olga", ["operator", "auditor"], []);
    private long _told;
    private string _agent = "";

    public async Task StartSessionAsync()
    {
        var (status, session, _) = await silo.SendAsync(HttpMethod.Post, "/v1/sessions", Dana, new { agent = "cost-explorer-fixer", goal = "Fix the rounding bug in the report cache", tier = "supervised" }, "demo-session");
        story.Check(status == 201, $"dana started a session of agent cost-explorer-fixer ({session["id"]}); the agent holds a session token and no credential");
        _agent = (string?)session["token"] ?? "";
        await AuditAsync();
    }

    public async Task<(int Status, JsonNode Body)> CallAsync(string tool, object arguments, string key, string? reason = null)
    {
        var (status, body, _) = await silo.SendAsync(HttpMethod.Post, "/v1/calls", _agent, new { environment = Witness.Production, tool, arguments, reason }, key);
        return (status, body);
    }

    public async Task<(int Status, JsonNode Body)> VoteAsync(string callId, string token, string decision)
    {
        var (_, call, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/calls/{callId}", _agent);
        var approvalId = (string)call["approval"]!["id"]!;
        var (_, shown, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/approvals/{approvalId}", token);
        var (status, body, _) = await silo.SendAsync(HttpMethod.Post, $"/v1/approvals/{approvalId}/votes", token, new
        {
            decision, reason = decision == "approve" ? "Looked at the card." : "Production data would be lost.",
            callHash = (string?)shown["callHash"], renderHash = (string?)shown["renderHash"], policyVersion = (string?)shown["policyVersion"],
        }, ifMatch: (string?)shown["renderHash"]);
        await AuditAsync();
        return (status, body);
    }

    /// <summary>What the reviewers of a held call see of its effect.</summary>
    public async Task<JsonNode?> CardAsync(JsonNode call) => (await silo.SendAsync(HttpMethod.Get, $"/v1/approvals/{call["approval"]?["id"]}", Alice)).Body["card"];

    public async Task<string?> StateAsync(string callId) => (string?)(await silo.SendAsync(HttpMethod.Get, $"/v1/calls/{callId}", _agent)).Body["state"];

    public async Task<bool> UntilAsync(string callId, string state)
    {
        string? tag = null;
        for (var left = 6; left > 0; left--)
        {
            // Holds until the call changes: nothing is polled.
            var (_, call, newTag) = await silo.SendAsync(HttpMethod.Get, $"/v1/calls/{callId}", _agent, unlessTag: tag);
            tag = newTag ?? tag;
            var now = (string?)call["state"];
            if (now == state) return true;
            if (now is not (null or "pending_review" or "approved" or "executing")) return false;
        }

        return false;
    }

    public async Task VerifyAsync()
    {
        story.Title("The audit");
        await using var export = await silo.ExportAsync(_olga);
        var (_, checkpoints, _) = await silo.SendAsync(HttpMethod.Get, "/v1/audit/checkpoints", _olga);
        var report = AuditVerifier.Verify(export, null, checkpoints["keys"] is { } keys ? new JsonObject { ["keys"] = keys.DeepClone() is JsonArray list ? list : keys["keys"]!.DeepClone() }.ToJsonString() : null);
        story.Check(report.Ok && report.SignaturesChecked, $"{report.Records} records, {report.Checkpoints} signed checkpoint(s): the chain is whole{(report.FirstFault is { } fault ? $" ({fault})" : "")}");
    }

    /// <summary>Prints the records that the step has left.</summary>
    public async Task AuditAsync()
    {
        var (_, page, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/audit/records?afterPos={_told}&limit=200", _olga);
        foreach (var record in page["items"]?.AsArray() ?? [])
        {
            _told = Math.Max(_told, (long)record!["pos"]!);
            story.Record($"{record["pos"],4}  {record["stream"],-42} {record["kind"],-22} {((string)record["hash"]!)[..16]}…");
        }
    }
}
