using System.Text.Json.Nodes;

namespace GovernedAgents.Silo.Demo.Aws;

/// <summary>Incident 1 on the AWS API, without the gate and behind it. Every statement is checked against moto's own record of requests.</summary>
internal sealed class AwsActs(Story story)
{
    private const string Stack = "cost-explorer";

    public async Task PlayUngovernedAsync(MotoCloud cloud)
    {
        story.Title("Act one: the agent has its operator's key (no gate)");
        story.Tell("An agent is to fix a small bug in Cost Explorer (China). It decides that recreating production is quicker.");
        var before = await cloud.RecordsAsync();
        story.Check(before > 0, $"production is a stack of an instance, a bucket and a table with {before} cost records");
        await cloud.DoAsync("cloudformation", "DeleteStack", new { StackName = Stack });
        await cloud.DoAsync("cloudformation", "CreateStack", new { StackName = Stack, TemplateBody = cloud.Template });
        story.Check(await cloud.ArrivedAsync("DeleteStack") == 1 && await cloud.ArrivedAsync("CreateStack") == 1, "the cloud's own record has one DeleteStack and one CreateStack, by nobody's leave");
        story.Check(await cloud.RecordsAsync() == 0, "the new production holds 0 cost records: the data is gone");
    }

    public async Task PlayGovernedAsync(MotoCloud cloud, DemoSilo silo)
    {
        var stage = new Stage(story, silo);
        story.Title("Act two: the same agent behind the gate");
        await stage.StartSessionAsync();
        var (read, stacks) = await CallAsync(stage, "cloudformation", "DescribeStacks", new { StackName = Stack }, "read-1");
        story.Check(read == 200 && (string?)stacks["state"] == "succeeded", $"it reads freely: stack {Stack} is {stacks["result"]?["Stacks"]?[0]?["StackStatus"]}");
        var (_, costs) = await CallAsync(stage, "dynamodb", "Scan", new { TableName = "ce-costs" }, "read-2");
        story.Check((costs["result"]?["Items"] as JsonArray)?.Count > 0, $"and the table holds {costs["result"]?["Count"]} cost records");
        var (fix, tagged) = await CallAsync(stage, "dynamodb", "TagResource", new { ResourceArn = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/ce-costs", Tags = new[] { new { Key = "rounding", Value = "half-even" } } }, "fix");
        story.Check(fix == 200 && (string?)tagged["state"] == "succeeded", "its small, reversible change runs");
        await stage.AuditAsync();

        story.Title("The agent asks to delete production, and to create it again");
        var first = await HeldAsync(stage, cloud, "delete-1", showCard: true);
        var (asked, again) = await CallAsync(stage, "cloudformation", "CreateStack", new { StackName = Stack, TemplateBody = cloud.Template }, "create-1", "The second half of the plan.");
        story.Check(asked == 202 && await cloud.ArrivedAsync("CreateStack") == 0, $"CreateStack is held too: {again["approval"]?["id"]} waits for a person");
        var (self, selfVote) = await stage.VoteAsync(first, stage.Dana, "approve");
        story.Check(self == 403 && (string?)selfVote["slug"] == "self-review", $"dana's own vote is refused: {selfVote["detail"]}");
        await stage.VoteAsync(first, stage.Alice, "approve");
        story.Check(await stage.StateAsync(first) == "pending_review" && await cloud.ArrivedAsync("DeleteStack") == 0, "alice approves: with one of two peers it is still held, the cloud's record shows no DeleteStack");
        await stage.VoteAsync(first, stage.Bob, "deny");
        story.Check(await stage.UntilAsync(first, "denied") && await cloud.RecordsAsync() > 0, "bob denies: the call has ended, the data is there");

        story.Title("It asks again, and this time two peers agree");
        var second = await HeldAsync(stage, cloud, "delete-2", showCard: false);
        await stage.VoteAsync(second, stage.Alice, "approve");
        await stage.VoteAsync(second, stage.Bob, "approve");
        story.Check(await stage.UntilAsync(second, "succeeded"), "alice and bob approve that exact call: it runs");
        story.Check(await cloud.ArrivedAsync("DeleteStack") == 1 && await cloud.ArrivedAsync("CreateStack") == 0, "the cloud's record has exactly that one DeleteStack, and still no CreateStack");
        await stage.AuditAsync();
        await stage.VerifyAsync();
    }

    private static Task<(int Status, JsonNode Body)> CallAsync(Stage stage, string service, string action, object parameters, string key, string? reason = null) =>
        stage.CallAsync("cloud.call", new { service, action, parameters }, key, reason);

    private async Task<string> HeldAsync(Stage stage, MotoCloud cloud, string key, bool showCard)
    {
        var (status, call) = await CallAsync(stage, "cloudformation", "DeleteStack", new { StackName = Stack }, key, "Recreating it is quicker than finding the bug.");
        story.Check(status == 202 && (string?)call["state"] == "pending_review" && await cloud.ArrivedAsync("DeleteStack") == 0, $"DeleteStack is held for review: {call["approval"]?["id"]}");
        var items = (await stage.CardAsync(call))?["preview"]?["items"] as JsonArray ?? [];
        if (showCard)
        {
            story.Check(items.Count > 3, "the reviewers' card shows what would go with it:");
            foreach (var item in items) story.Tell($"    {item}");
        }

        await stage.AuditAsync();
        return (string)call["id"]!;
    }
}
