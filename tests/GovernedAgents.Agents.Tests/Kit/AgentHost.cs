using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GovernedAgents.Client;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>The whole product in this process, with the example tool server as a child process: what agents connect to in these tests. Nothing is faked.</summary>
public class AgentHost : IAsyncLifetime
{
    public const string Environment = "cost-explorer-cn-prod";
    public const string Agent = "cost-explorer-fixer";
    private readonly TokenForge _forge = new();
    private WebApplication? _app;
    private int _keys;

    public string Folder { get; } = Directory.CreateTempSubdirectory("agents-").FullName;
    public HttpClient Http { get; private set; } = null!;
    public Uri Address => Http.BaseAddress!;
    public Uri Mcp => new(Address, $"/mcp/{Environment}");
    public TokenForge Forge => _forge;

    /// <summary>Further settings of the host.</summary>
    protected virtual IEnumerable<string> Settings => [];

    /// <summary>The <c>tools:</c> entries of the environment.</summary>
    protected virtual string Tools => $$"""
            - connector: mcp
              name: ops
              transport: stdio
              command: dotnet
              args: ["{{Path.Combine(AppContext.BaseDirectory, "CostExplorerTools.dll")}}", "--data", "{{Path.Combine(Folder, "cloud")}}", "--seed"]
              timeout: 30s
              effects: { describe_environment: read, list_stacks: read, describe_stack: read, get_cost_report: read, update_stack: mutate, create_stack: mutate }
        """;

    public virtual async ValueTask InitializeAsync()
    {
        var config = Directory.CreateDirectory(Path.Combine(Folder, "config")).FullName;
        await File.WriteAllTextAsync(Path.Combine(config, "all.yaml"), Configuration);
        var jwks = Path.Combine(Folder, "jwks.json");
        await File.WriteAllTextAsync(jwks, _forge.Jwks);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = "Development",
            Args = ["--urls=http://127.0.0.1:0", "--Governance:ManagementUrls=http://127.0.0.1:0", $"--Governance:DataPath={Path.Combine(Folder, "data")}", $"--Governance:ConfigPath={config}",
                "--Governance:Mcp:Wait=0s", $"--Governance:Identity:JwksPath={jwks}", $"--Governance:Identity:Issuer={TokenForge.Issuer}", .. Settings],
        });
        builder.Logging.ClearProviders();
        _app = GovernanceHost.Build(builder);
        await _app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public string Person(string subject, string group, params string[] roles) => Token(subject, group, roles, []);

    /// <summary>A token of the trusted issuer with further claims.</summary>
    public string Token(string subject, string group, string[] roles, Dictionary<string, string> more)
    {
        var claims = TokenForge.Claims(roles);
        (claims["sub"], claims["name"], claims["groups"]) = (subject, subject, new JsonArray(group));
        foreach (var (name, value) in more) claims[name] = value;
        return _forge.Es256(claims);
    }

    /// <summary>The .NET client in dana's name.</summary>
    public GovernedAgentsClient Client() => new(Http, new GovernedAgentsClientOptions { Server = Address, Token = _ => ValueTask.FromResult<string?>(Developer) });

    public string Developer => Person("dana", "developers", "developer");
    public string Operator => Person("olga", "ops", "operator", "auditor");

    /// <summary>A new session that dana started.</summary>
    public async Task<(string Id, string Token)> StartSessionAsync(string tier = "supervised")
    {
        var reply = await SendAsync("POST", "/v1/sessions", Developer, new { agent = Agent, goal = "mend", tier }, ("Idempotency-Key", $"key-{Interlocked.Increment(ref _keys)}"));
        return (reply["id"]!.GetValue<string>(), reply["token"]!.GetValue<string>());
    }

    /// <summary>Alice and bob of the SRE vote on what they are shown.</summary>
    public async Task VoteAsync(string approval, string decision, params string[] people)
    {
        foreach (var person in people.Length > 0 ? people : ["alice", "bob"])
        {
            var token = Person(person, "sre", "reviewer");
            var shown = await SendAsync("GET", $"/v1/approvals/{approval}", token);
            await SendAsync("POST", $"/v1/approvals/{approval}/votes", token,
                new { decision, reason = "seen", callHash = shown["callHash"], renderHash = shown["renderHash"], policyVersion = shown["policyVersion"] }, ("If-Match", $"\"{shown["renderHash"]}\""));
        }
    }

    /// <summary>One request of the API that must succeed.</summary>
    public async Task<JsonNode> SendAsync(string method, string path, string token, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The calls of a session, newest first, as an operator sees them.</summary>
    public async Task<JsonArray> CallsAsync(string session) => (await SendAsync("GET", $"/v1/calls?session={session}&limit=200", Operator))["items"]!.AsArray();

    /// <summary>What the cloud itself has seen happen, in order: the names of the tools.</summary>
    public IReadOnlyList<JsonNode> Effects() => File.Exists(EffectJournal) ? [.. File.ReadLines(EffectJournal).Select(line => JsonNode.Parse(line)!)] : [];

    private string EffectJournal => Path.Combine(Folder, "cloud", "effects.jsonl");

    public virtual async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _forge.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected virtual string Configuration => $$"""
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: {{Environment}} }
        spec:
          class: production
          owners: [group:developers]
          access: [group:developers]
          policy: strict
          tierCeiling: supervised
          tools:
        {{Tools}}
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: {{Agent}} }
        spec: { owner: group:platform, tierCeiling: supervised, environments: ["cost-explorer-*"], startedBy: [group:developers], maxCallsPerSession: 1000 }
        ---
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: strict }
        spec:
          baseline:
            observe: { read: allow }
            supervised: { read: allow, mutate: allow, privilege: review, destroy: review }
          review: { quorum: [ { from: [group:sre], approvals: 2 } ], denials: 1, expiresAfter: 4h }
          rules:
            - { id: no-empty-environments, match: { tool: ops.create_environment }, decide: deny, reason: Environments are made by people. }
          limits: [ { id: stacks, per: session, match: { tool: ops.create_stack }, rate: 1/1h, burst: 1 } ]
        """;
}
