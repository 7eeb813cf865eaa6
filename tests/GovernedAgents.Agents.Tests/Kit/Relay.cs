using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Agents.Tests.Kit;

/// <summary>
/// Passes requests on to an MCP endpoint with a session's token, for a client that cannot send one, and takes the prefix <c>fixture__</c> off the names of tools. Whatever else the
/// client sends arrives as it was, <c>Host</c> and <c>Origin</c> too.
/// </summary>
public sealed class Relay : IAsyncDisposable
{
    private const string Prefix = "fixture__";
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private Relay(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/mcp";

    public static async Task<Relay> StartAsync(Uri target, string token)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--urls=http://127.0.0.1:0"] });
        builder.Logging.ClearProviders();
        var relay = new Relay(builder.Build());
        relay._app.Run(http => relay.PassAsync(http, target, token));
        await relay._app.StartAsync();
        return relay;
    }

    private async Task PassAsync(HttpContext http, Uri target, string token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), target);
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        if (body.Length > 0) request.Content = new StringContent(body.Replace("\"name\":\"test_", $"\"name\":\"{Prefix}test_", StringComparison.Ordinal), Encoding.UTF8, "application/json");
        foreach (var header in http.Request.Headers.Where(h => h.Key is not ("Content-Length" or "Content-Type" or "Transfer-Encoding" or "Connection")))
            request.Headers.TryAddWithoutValidation(header.Key, header.Key == "Mcp-Name" && header.Value.ToString().StartsWith("test_", StringComparison.Ordinal) ? Prefix + header.Value : header.Value.ToString());
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        foreach (var header in response.Headers.Concat(response.Content.Headers).Where(h => h.Key is not ("Content-Length" or "Transfer-Encoding"))) http.Response.Headers[header.Key] = header.Value.ToArray();
        await http.Response.WriteAsync((await response.Content.ReadAsStringAsync(http.RequestAborted)).Replace($"\"name\":\"{Prefix}", "\"name\":\"", StringComparison.Ordinal), http.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
    }
}
