using System.ClientModel;
using GovernedAgents.Client;
using GovernedAgents.Client.SemanticKernel;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;

// GOV_SERVER and GOV_TOKEN (a developer's); OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL of any OpenAI-compatible model.
static string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
var (agent, environment, goal) = args is [var a, var e, var g] ? (a, e, g) : ("cost-explorer-fixer", "cost-explorer-cn-prod", "Kernel, the cost report is wrong. Start afresh.");

using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
var client = new GovernedAgentsClient(http, new() { Server = new(Setting("GOV_SERVER", "http://127.0.0.1:8080")), Token = _ => new(Setting("GOV_TOKEN", "")) });
using var session = await client.StartSessionAsync(new() { Agent = agent, Goal = goal, Tier = AutonomyTier.Supervised });

var model = new OpenAIClient(new ApiKeyCredential(Setting("OPENAI_API_KEY", "none")), new() { Endpoint = new(Setting("OPENAI_BASE_URL", "http://127.0.0.1:4010/v1")) });
var kernel = Kernel.CreateBuilder().AddOpenAIChatCompletion(Setting("OPENAI_MODEL", "gpt-4o"), model).Build();
await kernel.AddGovernedToolsAsync(session, environment, new() { Wait = TimeSpan.FromSeconds(2) });
kernel.EnsureGoverned();                                                  // names every function that could act beside the gate

var history = new ChatHistory();
history.AddUserMessage(goal);
var settings = new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
Console.WriteLine((await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history, settings, kernel)).Content);
