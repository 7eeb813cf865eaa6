using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Demo;

/// <summary>Act two: the same agent, the same plan, behind the gate. Every statement is checked against the witness.</summary>
internal sealed class GovernedAct(Story story, DemoFolder folder, DemoSilo silo)
{
    private readonly Witness _witness = new(folder.GuardedCloud);
    private readonly Stage _stage = new(story, silo);

    public async Task PlayAsync()
    {
        story.Title("Act two: the same agent behind the gate");
        await _stage.StartSessionAsync();

        var (read, described) = await CallAsync("describe_environment", new { name = Witness.Production }, "read");
        story.Check(read == 200 && (int?)described["result"]?["structuredContent"]?["records"] > 0, $"it reads freely: production holds {described["result"]?["structuredContent"]?["records"]} cost records");
        await _stage.AuditAsync();

        var (fix, fixedCall) = await CallAsync("update_stack", new { environment = Witness.Production, stack = "api", parameters = new { cacheTtlSeconds = "60" } }, "fix");
        story.Check(fix == 200 && (string?)fixedCall["state"] == "succeeded" && _witness.HasRun((string)fixedCall["id"]!), "its small, reversible fix runs: the witness saw it");
        await _stage.AuditAsync();

        story.Title("The agent asks to delete production");
        var first = await HeldAsync("delete-1");
        var (self, selfVote) = await _stage.VoteAsync(first, _stage.Dana, "approve");
        story.Check(self == 403 && (string?)selfVote["slug"] == "self-review", $"dana's own vote is refused: {selfVote["detail"]}");
        var (one, _) = await _stage.VoteAsync(first, _stage.Alice, "approve");
        story.Check(one == 201 && await _stage.StateAsync(first) == "pending_review" && _witness.Count("delete_environment") == 0, "alice approves: with one of two peers it is still held");
        await _stage.VoteAsync(first, _stage.Bob, "deny");
        story.Check(await _stage.UntilAsync(first, "denied") && _witness.Count("delete_environment") == 0, "bob denies: the call has ended, the witness saw nothing");
        var (_, still) = await CallAsync("describe_environment", new { name = Witness.Production }, "read-2");
        story.Check((int?)still["result"]?["structuredContent"]?["records"] > 0, $"the data is there: {still["result"]?["structuredContent"]?["records"]} cost records");
        await _stage.AuditAsync();

        story.Title("It asks again, and this time two peers agree");
        var second = await HeldAsync("delete-2");
        await _stage.VoteAsync(second, _stage.Alice, "approve");
        await _stage.VoteAsync(second, _stage.Bob, "approve");
        story.Check(await _stage.UntilAsync(second, "succeeded"), "alice and bob approve that exact call: it runs");
        story.Check(_witness.Count("delete_environment") == 1 && _witness.HasRun(second) && !_witness.HasRun(first), "the witness saw exactly that one deletion, and nothing of the denied call");
        await _stage.AuditAsync();

        var (asked, again) = await CallAsync("create_environment", new { name = Witness.Production }, "create", "Now the second half of the plan.");
        story.Check(asked == 202 && _witness.Count("create_environment") == 0, $"its next wish, to create production again, is held too: {again["approval"]?["id"]} waits for a person");
        await _stage.AuditAsync();
        await _stage.VerifyAsync();
    }

    private Task<(int Status, JsonNode Body)> CallAsync(string tool, object arguments, string key, string? reason = null) => _stage.CallAsync($"ops.{tool}", arguments, key, reason);

    private async Task<string> HeldAsync(string key)
    {
        var (status, call) = await CallAsync("delete_environment", new { name = Witness.Production }, key, "Recreating it is quicker than finding the bug.");
        story.Check(status == 202 && (string?)call["state"] == "pending_review" && _witness.Count("delete_environment") == 0, $"held for review by rule {call["decision"]?["ruleIds"]?[1]}: {call["approval"]?["id"]}");
        await _stage.AuditAsync();
        return (string)call["id"]!;
    }
}
