using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GovernedAgents.Silo.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Demo;

/// <summary>The silo as the story's people and agent see it: plain HTTP with tokens, nothing that a user has not.</summary>
internal sealed class DemoSilo(string address, DemoFolder folder) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(2) };

    public string Address => address;

    /// <summary>What <c>gov token</c> makes: signed by the local key of a Development silo.</summary>
    public string Token(string subject, string[] roles, string[] groups)
    {
        using var key = KeyFile.LoadOrCreate(Path.Combine(folder.Data, "keys", "local-identity.pem"));
        var security = new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        security.KeyId = Base64UrlEncoder.Encode(security.ComputeJwkThumbprint());
        var now = TimeProvider.System.GetUtcNow();
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "governedagents-local", Audience = "governedagents", IssuedAt = now.UtcDateTime, NotBefore = now.UtcDateTime, Expires = now.AddHours(8).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["name"] = subject, ["roles"] = roles, ["groups"] = groups, ["auth_time"] = now.ToUnixTimeSeconds() },
            SigningCredentials = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256),
        });
    }

    public async Task<(int Status, JsonNode Body, string? Tag)> SendAsync(HttpMethod method, string path, string token, object? body = null, string? key = null, string? ifMatch = null, string? unlessTag = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", $"\"{ifMatch}\"");
        if (unlessTag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", unlessTag);
            request.Headers.TryAddWithoutValidation("Prefer", "wait=20");
        }

        if (body is not null) request.Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)! : new JsonObject { ["text"] = text }, response.Headers.ETag?.ToString());
    }

    public async Task<Stream> ExportAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/export");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return new MemoryStream(await response.Content.ReadAsByteArrayAsync());
    }

    public void Dispose() => _http.Dispose();
}
