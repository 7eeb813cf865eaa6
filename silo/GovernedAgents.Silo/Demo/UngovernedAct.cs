using System.Text.Json;
using GovernedAgents.Connectors.Mcp;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using Microsoft.Extensions.Logging.Abstractions;

namespace GovernedAgents.Silo.Demo;

/// <summary>Act one: the scripted agent holds the tools itself, as in December 2025.</summary>
internal sealed class UngovernedAct(Story story, DemoFolder folder)
{
    public async Task PlayAsync()
    {
        story.Title("Act one: the agent has its operator's credentials (no gate)");
        story.Tell("An agent is to fix a small bug in Cost Explorer (China). It decides that recreating production is quicker.");
        await using var tools = new McpConnectorFactory(TimeProvider.System, NullLoggerFactory.Instance).Create(new ConnectorSettings
        {
            Environment = "ungoverned", Name = "ops", Kind = McpConnectorFactory.KindName, Command = "dotnet", Args = [DemoFolder.ToolServer, "--data", folder.OpenCloud, "--seed"],
            WorkingDirectory = folder.Root, StatePath = Path.Combine(folder.Root, "ungoverned"),
        });
        await tools.StartAsync(CancellationToken.None);
        var before = await RecordsAsync(tools);
        story.Check(before > 0, $"production holds {before} cost records");
        await CallAsync(tools, "delete_environment");
        await CallAsync(tools, "create_environment");
        var after = await RecordsAsync(tools);
        var witness = new Witness(folder.OpenCloud);
        story.Check(witness.Count("delete_environment") == 1 && witness.Count("create_environment") == 1, "the witness saw production deleted and created again, by nobody's leave");
        story.Check(after == 0, $"production holds {after} cost records: the data is gone");
    }

    private static async Task<int> RecordsAsync(IConnector tools)
    {
        var outcome = await CallAsync(tools, "describe_environment");
        return JsonDocument.Parse(outcome.ResultJson!).RootElement.GetProperty("structuredContent").GetProperty("records").GetInt32();
    }

    private static Task<ExecutionOutcome> CallAsync(IConnector tools, string tool) => tools.ExecuteAsync(new ExecutionRequest
    {
        CallId = $"ungoverned-{tool}", Tool = tools.Tools[$"ops.{tool}"], Arguments = JsonSerializer.SerializeToElement(new { name = Witness.Production }), Effect = EffectClass.Destroy, BeforeSend = () => true,
    }, CancellationToken.None);
}
