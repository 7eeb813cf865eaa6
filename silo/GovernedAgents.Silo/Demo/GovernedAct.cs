using System.Text.Json.Nodes;
using GovernedAgents.Policy.Audit;

namespace GovernedAgents.Silo.Demo;

/// <summary>Act two: the same agent, the same plan, behind the gate. Every statement is checked against the witness.</summary>
internal sealed class GovernedAct(Story story, DemoFolder folder, DemoSilo silo)
{
    private readonly Witness _witness = new(folder.GuardedCloud);
    private readonly string _dana = silo.Token("dana", ["developer", "reviewer"], ["developers", "sre"]);
    private readonly string _alice = silo.Token("alice", ["reviewer"], ["sre"]);
    private readonly string _bob = silo.Token("bob", ["reviewer"], ["sre"]);
    private readonly string _olga = silo.Token("olga", ["operator", "auditor"], []);
    private long _told;
    private string _agent = "";

    public async Task PlayAsync()
    {
        story.Title("Act two: the same agent behind the gate");
        var (status, session, _) = await silo.SendAsync(HttpMethod.Post, "/v1/sessions", _dana, new { agent = "cost-explorer-fixer", goal = "Fix the rounding bug in the report cache", tier = "supervised" }, "demo-session");
        story.Check(status == 201, $"dana started a session of agent cost-explorer-fixer ({session["id"]}); the agent holds a session token and no credential");
        _agent = (string?)session["token"] ?? "";
        await AuditAsync();

        var (read, described, _) = await CallAsync("describe_environment", new { name = Witness.Production }, "read");
        story.Check(read == 200 && (int?)described["result"]?["structuredContent"]?["records"] > 0, $"it reads freely: production holds {described["result"]?["structuredContent"]?["records"]} cost records");
        await AuditAsync();

        var (fix, fixedCall, _) = await CallAsync("update_stack", new { environment = Witness.Production, stack = "api", parameters = new { cacheTtlSeconds = "60" } }, "fix");
        story.Check(fix == 200 && (string?)fixedCall["state"] == "succeeded" && _witness.HasRun((string)fixedCall["id"]!), "its small, reversible fix runs: the witness saw it");
        await AuditAsync();

        story.Title("The agent asks to delete production");
        var first = await HeldAsync("delete-1");
        var (self, selfVote, _) = await VoteAsync(first, _dana, "approve");
        story.Check(self == 403 && (string?)selfVote["slug"] == "self-review", $"dana's own vote is refused: {selfVote["detail"]}");
        var (one, _, _) = await VoteAsync(first, _alice, "approve");
        story.Check(one == 201 && await StateAsync(first) == "pending_review" && _witness.Count("delete_environment") == 0, "alice approves: with one of two peers it is still held");
        await VoteAsync(first, _bob, "deny");
        story.Check(await UntilAsync(first, "denied") && _witness.Count("delete_environment") == 0, "bob denies: the call has ended, the witness saw nothing");
        var (_, still, _) = await CallAsync("describe_environment", new { name = Witness.Production }, "read-2");
        story.Check((int?)still["result"]?["structuredContent"]?["records"] > 0, $"the data is there: {still["result"]?["structuredContent"]?["records"]} cost records");
        await AuditAsync();

        story.Title("It asks again, and this time two peers agree");
        var second = await HeldAsync("delete-2");
        await VoteAsync(second, _alice, "approve");
        await VoteAsync(second, _bob, "approve");
        story.Check(await UntilAsync(second, "succeeded"), "alice and bob approve that exact call: it runs");
        story.Check(_witness.Count("delete_environment") == 1 && _witness.HasRun(second) && !_witness.HasRun(first), "the witness saw exactly that one deletion, and nothing of the denied call");
        await AuditAsync();

        var (asked, again, _) = await CallAsync("create_environment", new { name = Witness.Production }, "create", "Now the second half of the plan.");
        story.Check(asked == 202 && _witness.Count("create_environment") == 0, $"its next wish, to create production again, is held too: {again["approval"]?["id"]} waits for a person");
        await AuditAsync();

        story.Title("The audit");
        await using var export = await silo.ExportAsync(_olga);
        var (_, checkpoints, _) = await silo.SendAsync(HttpMethod.Get, "/v1/audit/checkpoints", _olga);
        var report = AuditVerifier.Verify(export, null, checkpoints["keys"] is { } keys ? new JsonObject { ["keys"] = keys.DeepClone() is JsonArray list ? list : keys["keys"]!.DeepClone() }.ToJsonString() : null);
        story.Check(report.Ok && report.SignaturesChecked, $"{report.Records} records, {report.Checkpoints} signed checkpoint(s): the chain is whole{(report.FirstFault is { } fault ? $" ({fault})" : "")}");
    }

    private Task<(int Status, JsonNode Body, string? Tag)> CallAsync(string tool, object arguments, string key, string? reason = null) =>
        silo.SendAsync(HttpMethod.Post, "/v1/calls", _agent, new { environment = Witness.Production, tool = $"ops.{tool}", arguments, reason }, key);

    private async Task<string> HeldAsync(string key)
    {
        var (status, call, _) = await CallAsync("delete_environment", new { name = Witness.Production }, key, "Recreating it is quicker than finding the bug.");
        story.Check(status == 202 && (string?)call["state"] == "pending_review" && _witness.Count("delete_environment") == 0, $"held for review by rule {call["decision"]?["ruleIds"]?[1]}: {call["approval"]?["id"]}");
        await AuditAsync();
        return (string)call["id"]!;
    }

    private async Task<(int Status, JsonNode Body, string? Tag)> VoteAsync(string callId, string token, string decision)
    {
        var (_, call, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/calls/{callId}", _agent);
        var approvalId = (string)call["approval"]!["id"]!;
        var (_, shown, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/approvals/{approvalId}", token);
        var answer = await silo.SendAsync(HttpMethod.Post, $"/v1/approvals/{approvalId}/votes", token, new
        {
            decision, reason = decision == "approve" ? "Looked at the card." : "Production data would be lost.",
            callHash = (string?)shown["callHash"], renderHash = (string?)shown["renderHash"], policyVersion = (string?)shown["policyVersion"],
        }, ifMatch: (string?)shown["renderHash"]);
        await AuditAsync();
        return answer;
    }

    private async Task<string?> StateAsync(string callId) => (string?)(await silo.SendAsync(HttpMethod.Get, $"/v1/calls/{callId}", _agent)).Body["state"];

    private async Task<bool> UntilAsync(string callId, string state)
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

    /// <summary>Prints the records that the step has left.</summary>
    private async Task AuditAsync()
    {
        var (_, page, _) = await silo.SendAsync(HttpMethod.Get, $"/v1/audit/records?afterPos={_told}&limit=200", _olga);
        foreach (var record in page["items"]?.AsArray() ?? [])
        {
            _told = Math.Max(_told, (long)record!["pos"]!);
            story.Record($"{record["pos"],4}  {record["stream"],-42} {record["kind"],-22} {((string)record["hash"]!)[..16]}…");
        }
    }
}
