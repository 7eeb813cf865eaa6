using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Browser.Tests.Kit;
using GovernedAgents.Silo.Hosting;
using GovernedAgents.Silo.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Stage))]

namespace GovernedAgents.Browser.Tests.Kit;

/// <summary>The whole product in this process, in Development on loopback, and Debian's Chromium in front of it. Without Chromium every test fails.</summary>
public sealed class Stage : IAsyncLifetime
{
    public const string Production = "papers-prod", Laboratory = "papers-lab";
    private readonly string _folder = Directory.CreateTempSubdirectory("console-tests-").FullName;
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private HttpClient _http = null!;
    private int _keys;

    public string Address { get; private set; } = "";
    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var config = Directory.CreateDirectory(Path.Combine(_folder, "config")).FullName;
        await File.WriteAllTextAsync(Path.Combine(config, "all.yaml"), Configuration.Text(Path.Combine(AppContext.BaseDirectory, "Kit", "papers.mjs")));
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = "Development",
            Args = ["--urls=http://127.0.0.1:0", "--Governance:ManagementUrls=http://127.0.0.1:0", $"--Governance:DataPath={Path.Combine(_folder, "data")}", $"--Governance:ConfigPath={config}"],
        });
        builder.Logging.ClearProviders();
        _app = GovernanceHost.Build(builder);
        await _app.StartAsync();
        Address = _app.Urls.First();
        _http = new HttpClient { BaseAddress = new Uri(Address) };
        // The machine may be busy with other tests; what does not come at all still fails.
        Assertions.SetDefaultExpectTimeout(60_000);
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    /// <summary>A new session that dana started.</summary>
    public async Task<(string Id, string Token)> StartAsync()
    {
        var session = await SendAsync("POST", "/v1/sessions", Token("dana", ["developer"], ["developers"]), new JsonObject { ["agent"] = "archivist", ["goal"] = "Tidy the archive", ["tier"] = "supervised" }, key: NewKey());
        return ((string)session["id"]!, (string)session["token"]!);
    }

    public async Task<string> StartChildAsync(string parent, string token) =>
        (string)(await SendAsync("POST", "/v1/sessions", token, new JsonObject { ["agent"] = "gardener", ["goal"] = "Help", ["tier"] = "propose", ["parent"] = parent }, key: NewKey()))["id"]!;

    /// <summary>A call that waits for review, of a new session where none is given: its approval's id, and the call's.</summary>
    public async Task<(string Approval, string Call)> HoldAsync(JsonNode text, string tool = "papers.write", string? reason = null, string? session = null)
    {
        var body = new JsonObject { ["environment"] = Production, ["tool"] = tool, ["arguments"] = new JsonObject { ["text"] = text }, ["reason"] = reason };
        var call = await SendAsync("POST", "/v1/calls", session ?? (await StartAsync()).Token, body, key: NewKey());
        return ((string)call["approval"]!["id"]!, (string)call["id"]!);
    }

    /// <summary>A vote by the API, as another reviewer's.</summary>
    public async Task VoteAsync(string approval, string who, string decision)
    {
        var token = Token(who, ["reviewer"], ["sre"]);
        var shown = await SendAsync("GET", $"/v1/approvals/{approval}", token);
        await SendAsync("POST", $"/v1/approvals/{approval}/votes", token, new JsonObject
        {
            ["decision"] = decision, ["reason"] = "By the API", ["callHash"] = (string?)shown["callHash"], ["renderHash"] = (string?)shown["renderHash"], ["policyVersion"] = (string?)shown["policyVersion"],
        }, ifMatch: (string?)shown["renderHash"]);
    }

    public Task<JsonNode> CallAsync(string id) => SendAsync("GET", $"/v1/calls/{id}", Token("olga", ["operator"], []));

    public string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    public async Task<JsonNode> SendAsync(string method, string path, string token, JsonNode? body = null, string? key = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", $"\"{ifMatch}\"");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>What <c>gov token</c> makes.</summary>
    public string Token(string subject, string[] roles, string[] groups)
    {
        using var key = KeyFile.LoadOrCreate(Path.Combine(_folder, "data", "keys", "local-identity.pem"));
        var security = new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        security.KeyId = Base64UrlEncoder.Encode(security.ComputeJwkThumbprint());
        var now = TimeProvider.System.GetUtcNow();
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = IdentitySetup.LocalIssuer, Audience = "governedagents", Expires = now.AddHours(1).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles, ["groups"] = groups, ["auth_time"] = now.ToUnixTimeSeconds() },
            SigningCredentials = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256),
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.CloseAsync();
        _playwright?.Dispose();
        _http?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
