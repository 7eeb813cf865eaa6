using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Sessions;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Agents;

/// <summary>The tool <c>delegate</c>: a hosted agent has another do something, in a session below its own, and is told what came of it.</summary>
internal sealed class HostedDelegation(IGrainFactory grains, TimeProvider time)
{
    private const string Name = "delegate";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private sealed record Order(string Agent, string Goal, AutonomyTier? Tier);

    public static IEnumerable<OfferedTool> Offered(HostingDefinition hosting)
    {
        if (hosting.DelegatesTo.Count == 0) yield break;
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["agent"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. hosting.DelegatesTo.Select(agent => (JsonNode)agent)]) },
                ["goal"] = new JsonObject { ["type"] = "string", ["description"] = "What is to be done, complete in itself." },
                ["tier"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("observe", "propose", "supervised", "autonomous"), ["description"] = "Never above your own." },
            },
            ["required"] = new JsonArray("agent", "goal"),
            ["additionalProperties"] = false,
        };
        yield return new OfferedTool(Name, "Has another agent do something and answers what it says in the end. Several at once work side by side; all use your budget.", schema.ToJsonString(), null);
    }

    public async Task<HostedAnswer> RunAsync(string session, HostingDefinition hosting, HostedStep step, string key, string argumentsJson, CancellationToken stop)
    {
        Order? order;
        try { order = JsonSerializer.Deserialize<Order>(argumentsJson, ApiJson.Options); }
        catch (JsonException) { order = null; }
        if (order is null or { Agent: null } or { Goal: null or { Length: > 4000 } }) return new HostedAnswer { Text = "Nothing was started: 'agent' and 'goal' (at most 4000 characters) are needed." };
        if (!hosting.DelegatesTo.Contains(order.Agent)) return new HostedAnswer { Text = $"Nothing was started: you may delegate to {string.Join(", ", hosting.DelegatesTo)} only." };
        if (step.Lineage.Count >= HostedRules.MostLevels) return new HostedAnswer { Text = $"Nothing was started: there are {step.Lineage.Count} sessions above you already. Do it yourself." };

        var child = Ids.ChildOf(session, key);
        var grain = grains.GetGrain<IAgentSessionGrain>(child);
        var command = new StartSession
        {
            Agent = order.Agent, Goal = order.Goal, Tier = order.Tier ?? step.Tier, Parent = session, BySession = session,
            Starter = new Principal { Issuer = SessionTokens.Issuer, Subject = session }, RequestHash = Sha256Hash.Of(Encoding.UTF8.GetBytes(argumentsJson)),
        };
        var started = await grain.StartAsync(command);
        while (started.Refusal is { Slug: "unavailable" })
        {
            await Task.Delay(Pause, time, stop);
            started = await grain.StartAsync(command);
        }

        if (started.Refusal is { } refusal) return new HostedAnswer { Text = $"Nothing was started: {refusal.Detail}" };
        return new HostedAnswer { Text = await OutcomeAsync(child, stop), Child = child };
    }

    private async Task<string> OutcomeAsync(string child, CancellationToken stop)
    {
        while (true)
        {
            if (await grains.GetGrain<IAgentSessionGrain>(child).ReadAsync() is { State: SessionStatus.Ended } ended)
            {
                var turns = (await grains.GetGrain<IHostedSession>(child).NextAsync()).Turns;
                return turns is [.., { Reply: { Calls.Count: 0 } last }] ? last.Text : $"It ended without an answer. {ended.StateReason}";
            }

            await Task.Delay(Pause, time, stop);
        }
    }
}
