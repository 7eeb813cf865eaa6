using System.ClientModel;
using GovernedAgents.Client;
using GovernedAgents.Client.ExtensionsAI;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

// A planner that hands work to workers. Each worker has a session of its own below the planner's: never a higher tier, never a later end, and it stops with its parent.
static string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
var (agent, environment, goal) = args is [var a, var e, var g] ? (a, e, g) : ("cost-explorer-fixer", "cost-explorer-cn-prod", "Planner, have the stacks looked at and web removed.");

using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
var client = new GovernedAgentsClient(http, new() { Server = new(Setting("GOV_SERVER", "http://127.0.0.1:8080")), Token = _ => new(Setting("GOV_TOKEN", "")) });
using var planner = await client.StartSessionAsync(new() { Agent = agent, Goal = goal, Tier = AutonomyTier.Supervised });

var model = new ChatClient(Setting("OPENAI_MODEL", "gpt-4o"), new ApiKeyCredential(Setting("OPENAI_API_KEY", "none")), new() { Endpoint = new(Setting("OPENAI_BASE_URL", "http://127.0.0.1:4010/v1")) });
using var chat = model.AsIChatClient().AsBuilder().UseFunctionInvocation().Build();

async Task<string> Delegate(string task, bool mayChange)
{
    using var worker = await planner.StartChildAsync(new() { Agent = agent, Goal = task, Tier = mayChange ? AutonomyTier.Supervised : AutonomyTier.Observe });
    var told = (await chat.GetResponseAsync(task, new() { Tools = [.. await worker.GetAIToolsAsync(environment, new() { Wait = TimeSpan.FromSeconds(2) })] })).Text;
    Console.WriteLine($"worker {worker.Id}: {told}");
    return told;
}

// The planner holds one function, which starts workers and does nothing itself.
Console.WriteLine((await chat.GetResponseAsync(goal, new() { Tools = [AIFunctionFactory.Create(Delegate, "delegate", "Has a worker do a task. mayChange: it may change things, within policy.")] })).Text);
