using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Faults.Tests.Kit;

/// <summary>What came back. <see cref="Body"/> is undefined when there was none; <see cref="RetryAfter"/> in seconds.</summary>
internal sealed record Reply(HttpStatusCode Status, JsonElement Body, string Text, string? Tag, double? RetryAfter)
{
    public bool Acknowledged => (int)Status is >= 200 and < 300;
    public string? Get(string member) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Bare HTTP, so that what the clients saw does not rest on the product's own client.</summary>
internal sealed class Api(Installation at, HttpMessageHandler? through = null) : IDisposable
{
    public const string Environment = "cost-explorer-cn-prod";
    private readonly HttpClient _http = new(through ?? new SocketsHttpHandler()) { BaseAddress = at.Api, Timeout = TimeSpan.FromSeconds(30) };

    public Task<Reply> GetAsync(string path, string token) => SendAsync(HttpMethod.Get, path, token, null);

    public async Task<string> SessionAsync(string key = "session")
    {
        var started = await SendAsync(HttpMethod.Post, "/v1/sessions", Developer, new { agent = "cost-explorer-fixer", goal = "survive", tier = "supervised" }, key);
        Assert.True(started.Status == HttpStatusCode.Created, started.Text);
        return started.Get("token")!;
    }

    public string Developer => LocalTokens.Of(at, "dana", ["developer"], "developers");
    public string Operator => LocalTokens.Of(at, "olga", ["operator", "auditor"]);
    public string Reviewer(string name) => LocalTokens.Of(at, name, ["reviewer"], "sre");

    public Task<Reply> CallAsync(string session, string key, string tool, object arguments, int? wait = null) =>
        SendAsync(HttpMethod.Post, "/v1/calls", session, new { environment = Environment, tool = "ops." + tool, arguments, reason = "a fault test" }, key, wait: wait);

    public Task<Reply> UpdateAsync(string session, string key, int? wait = null) =>
        CallAsync(session, key, "update_stack", new { environment = Environment, stack = "web", parameters = new { currency = "CNY" } }, wait);

    public async Task<Reply> ApproveAsync(string approval, string voter)
    {
        var shown = await GetAsync($"/v1/approvals/{approval}", voter);
        Assert.True(shown.Acknowledged, shown.Text);
        return await SendAsync(HttpMethod.Post, $"/v1/approvals/{approval}/votes", voter, new
        {
            decision = "approve", reason = "seen", callHash = shown.Get("callHash"), renderHash = shown.Get("renderHash"), policyVersion = shown.Get("policyVersion"),
        }, match: shown.Tag);
    }

    /// <summary>The export as text, and the public keys that its checkpoints are signed with.</summary>
    public async Task<(string Export, string Keys)> ExportAsync()
    {
        var export = await GetAsync("/v1/audit/export", Operator);
        Assert.True(export.Acknowledged, export.Text);
        var checkpoints = await GetAsync("/v1/audit/checkpoints", Operator);
        return (export.Text, checkpoints.Body.GetProperty("keys").GetRawText());
    }

    public async Task<Reply> SendAsync(HttpMethod method, string path, string token, object? body, string? key = null, string? match = null, int? wait = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (wait is { } seconds) request.Headers.Add("Prefer", $"wait={seconds}");
        if (match is not null) request.Headers.TryAddWithoutValidation("If-Match", match);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var json = default(JsonElement);
        if (answer.Content.Headers.ContentType?.MediaType is { } type && (type == "application/json" || type.EndsWith("+json", StringComparison.Ordinal)))
        {
            using var document = JsonDocument.Parse(text);
            json = document.RootElement.Clone();
        }

        return new Reply(answer.StatusCode, json, text, answer.Headers.ETag?.ToString(), answer.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    public void Dispose() => _http.Dispose();
}
