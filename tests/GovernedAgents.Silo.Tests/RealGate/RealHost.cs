using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Silo.Tests.RealGate;

/// <summary>The whole product in this process: edge, grains, journal in a folder of its own, and the example tool server as a child process. Nothing is faked.</summary>
public sealed class RealHost : IAsyncLifetime
{
    public const string Production = "shop-prod";
    private readonly string _folder = Directory.CreateTempSubdirectory("real-gate-").FullName;
    private readonly TokenForge _forge = new();
    private WebApplication? _app;
    private HttpClient _client = null!;
    private int _keys;

    /// <summary>More settings, as on the command line.</summary>
    public string[] More { get; init; } = [];
    public IServiceProvider Services => _app!.Services;
    public Uri ApiAddress => new(_app!.Urls.First());
    public Uri ManagementAddress => new(_app!.Urls.Last());
    public TokenForge Forge => _forge;
    /// <summary>Makes the configuration file of the first start from the one below.</summary>
    public Func<string, string> Change { get; init; } = text => text;
    public string JwksPath => Path.Combine(_folder, "jwks.json");
    /// <summary>The tool server's own record of effects, one a line.</summary>
    public IReadOnlyList<string> Effects => File.Exists(Path.Combine(_folder, "cloud", "effects.jsonl")) ? File.ReadAllLines(Path.Combine(_folder, "cloud", "effects.jsonl")) : [];

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(JwksPath, _forge.Jwks);
        await StartAsync(Change);
    }

    /// <summary>Stops what runs and starts again on the same folders, with its configuration file changed.</summary>
    public async Task RestartAsync(Func<string, string> change)
    {
        await StopAsync();
        await StartAsync(change);
    }

    private async Task StartAsync(Func<string, string> change)
    {
        var config = Directory.CreateDirectory(Path.Combine(_folder, "config")).FullName;
        await File.WriteAllTextAsync(Path.Combine(config, "all.yaml"), change(Configuration(Path.Combine(AppContext.BaseDirectory, "CostExplorerTools.dll"), Path.Combine(_folder, "cloud"))));
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = "Development",
            Args = ["--urls=http://127.0.0.1:0", "--Governance:ManagementUrls=http://127.0.0.1:0", $"--Governance:DataPath={Path.Combine(_folder, "data")}", $"--Governance:ConfigPath={config}",
                $"--Governance:Identity:JwksPath={JwksPath}", $"--Governance:Identity:Issuer={TokenForge.Issuer}", .. More],
        });
        builder.Logging.ClearProviders();
        _app = GovernanceHost.Build(builder);
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = ApiAddress };
    }

    public string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    public string Person(string subject, string group, params string[] roles)
    {
        var claims = TokenForge.Claims(roles);
        (claims["sub"], claims["name"], claims["groups"]) = (subject, subject, new JsonArray(group));
        return _forge.Es256(claims);
    }

    public string Developer => Person("dana", "developers", "developer");
    public string Operator => Person("olga", "ops", "operator", "auditor");
    public string Reviewer(string who) => Person(who, "sre", "reviewer");

    /// <summary>The token of a new session that dana started.</summary>
    public async Task<(string Id, string Token)> StartSessionAsync()
    {
        var reply = await PostAsync("/v1/sessions", Developer, """{"agent":"fixer","goal":"mend","tier":"supervised"}""", NewKey());
        Assert.Equal(201, reply.Status);
        return (reply.Json!["id"]!.GetValue<string>(), reply.Json["token"]!.GetValue<string>());
    }

    public Task<Reply> CallAsync(string token, string tool, string arguments, string? key = null, string environment = Production, string more = "") =>
        PostAsync("/v1/calls", token, $$"""{"environment":"{{environment}}","tool":"{{tool}}","arguments":{{arguments}}{{more}}}""", key ?? NewKey());

    public Task<Reply> VoteAsync(JsonNode approval, string token, string decision, params (string Name, string Value)[] headers) => SendAsync("POST", $"/v1/approvals/{approval["id"]}/votes", token,
        $$"""{"decision":"{{decision}}","reason":"seen","callHash":"{{approval["callHash"]}}","renderHash":"{{approval["renderHash"]}}","policyVersion":"{{approval["policyVersion"]}}"}""",
        [("If-Match", $"\"{approval["renderHash"]}\""), .. headers]);

    /// <summary>Until the call neither waits for its start nor runs.</summary>
    public async Task<Reply> FinishedAsync(string path, string token)
    {
        var reply = await GetAsync(path, token);
        for (var round = 0; round < 10 && reply.Json!["state"]!.GetValue<string>() is "approved" or "executing"; round++)
        {
            var changed = await SendAsync("GET", path, token, null, ("If-None-Match", reply.Headers["ETag"]), ("Prefer", "wait=10"));
            if (changed.Status == 200) reply = changed;
        }
        return reply;
    }

    /// <summary>What Prometheus reads on the management address.</summary>
    public async Task<string> ScrapeAsync()
    {
        using var management = new HttpClient { BaseAddress = ManagementAddress };
        return await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
    }

    public Task<Reply> GetAsync(string path, string token) => SendAsync("GET", path, token, null);
    public Task<Reply> PostAsync(string path, string token, string? json, string? key = null) => key is null ? SendAsync("POST", path, token, json) : SendAsync("POST", path, token, json, ("Idempotency-Key", key));

    public Task<Reply> SendAsync(string method, string path, string? token, string? json, params (string Name, string Value)[] headers) =>
        SendContentAsync(method, path, token, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<Reply> SendContentAsync(string method, string path, string? token, HttpContent? content, params (string Name, string Value)[] headers)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Reply((int)response.StatusCode, isJson ? JsonNode.Parse(text) : null, text,
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The events of a listener, as they come, until the test has seen enough.</summary>
    public async IAsyncEnumerable<SseItem<string>> ListenAsync(string token, string? after = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(cancellation)).EnumerateAsync(cancellation)) yield return item;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _forge.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StopAsync()
    {
        _client?.Dispose();
        if (_app is not { } app) return;
        _app = null;
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static string Configuration(string server, string cloud) => $$"""
        apiVersion: governedagents/v1
        kind: Environment
        metadata: { name: {{Production}} }
        spec:
          class: production
          owners: [group:developers]
          access: [group:developers]
          policy: strict
          tierCeiling: supervised
          tools:
            - connector: mcp
              name: ops
              transport: stdio
              command: dotnet
              args: ["{{server}}", "--data", "{{cloud}}", "--seed"]
              timeout: 30s
              effects: { describe_environment: read, list_stacks: read, update_stack: mutate }
        ---
        apiVersion: governedagents/v1
        kind: Agent
        metadata: { name: fixer }
        spec: { owner: group:platform, tierCeiling: supervised, environments: ["shop-*"], startedBy: [group:developers], maxCallsPerSession: 1000 }
        ---
        apiVersion: governedagents/v1
        kind: Policy
        metadata: { name: strict }
        spec:
          baseline: { supervised: { read: allow, mutate: allow, privilege: review, destroy: review } }
          review: { quorum: [ { from: [group:sre], approvals: 2 } ], denials: 1, expiresAfter: 4h }
          limits: [ { id: writes, per: session, match: { effect: [mutate] }, rate: 1/1h, burst: 1 } ]
        """;
}
