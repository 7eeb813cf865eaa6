using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace GovernedAgents.Tests.Kit;

/// <summary>
/// A real moto_server on a free port, in partition aws-cn with signatures and IAM enforced from the sixth action on: user <c>gate</c> may assume role <c>agents</c>, which may do anything.
/// A machine without moto_server fails here, and so does every test that needs it.
/// </summary>
public partial class MotoServer : IAsyncLifetime
{
    public const string Region = "cn-north-1";
    private readonly HttpClient _http = new();
    private readonly string _record = Path.Combine(Path.GetTempPath(), $"moto-record-{Guid.NewGuid():n}");
    private Process? _process;

    protected virtual bool IsEnforced => true;
    public string Url { get; private set; } = "";
    public const string Role = "arn:aws-cn:iam::123456789012:role/agents";
    public string KeyId { get; private set; } = "";
    public string Secret { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var port = FreePort();
        Url = $"http://127.0.0.1:{port}";
        var start = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", $"{port}"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (IsEnforced) start.Environment["INITIAL_NO_AUTH_ACTION_COUNT"] = "5";
        // Its record is a file, by default the same one for all servers that are started in one folder.
        start.Environment["MOTO_RECORDER_FILEPATH"] = _record;
        _process = Process.Start(start) ?? throw new InvalidOperationException("moto_server did not start.");
        var running = new TaskCompletionSource();
        _process.ErrorDataReceived += (_, line) => { if (line.Data?.Contains("Running on", StringComparison.Ordinal) == true) running.TrySetResult(); };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await running.Task.WaitAsync(TimeSpan.FromSeconds(60));

        const string anybody = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}""";
        const string all = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
        await IamAsync("CreateUser", ("UserName", "gate"));
        var key = await IamAsync("CreateAccessKey", ("UserName", "gate"));
        (KeyId, Secret) = (KeyIdTag().Match(key).Groups[1].Value, SecretTag().Match(key).Groups[1].Value);
        await IamAsync("PutUserPolicy", ("UserName", "gate"), ("PolicyName", "assume"), ("PolicyDocument", all.Replace("\"Action\":\"*\"", "\"Action\":\"sts:AssumeRole\"", StringComparison.Ordinal)));
        await IamAsync("CreateRole", ("RoleName", "agents"), ("AssumeRolePolicyDocument", anybody));
        await IamAsync("PutRolePolicy", ("RoleName", "agents"), ("PolicyName", "all"), ("PolicyDocument", all));
    }

    /// <summary>Everything that arrives from now on is recorded.</summary>
    public async Task RecordAsync()
    {
        (await _http.PostAsync($"{Url}/moto-api/recorder/reset-recording", null)).EnsureSuccessStatusCode();
        (await _http.PostAsync($"{Url}/moto-api/recorder/start-recording", null)).EnsureSuccessStatusCode();
    }

    /// <summary>The requests that arrived since <see cref="RecordAsync"/>: method, address, headers and body.</summary>
    public async Task<IReadOnlyList<string>> RecordedAsync()
    {
        var lines = (await _http.GetStringAsync($"{Url}/moto-api/recorder/download-recording")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line =>
        {
            using var request = JsonDocument.Parse(line);
            var root = request.RootElement;
            var body = root.TryGetProperty("body", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            if (root.TryGetProperty("body_encoded", out var encoded) && encoded.ValueKind == JsonValueKind.True) body = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(body));
            return $"{root.GetProperty("method").GetString()} {root.GetProperty("url").GetString()} {root.GetProperty("headers").GetRawText()} {body}";
        })];
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.Dispose();
        File.Delete(_record);
        _http.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Unsigned: only before IAM is enforced.</summary>
    private async Task<string> IamAsync(string action, params (string Name, string Value)[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url);
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential=setup/20260101/{Region}/iam/aws4_request, SignedHeaders=host, Signature=0");
        request.Content = new FormUrlEncodedContent(parameters.Append(("Action", action)).Append(("Version", "2010-05-08")).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    [GeneratedRegex("<AccessKeyId>(.*?)</AccessKeyId>")]
    private static partial Regex KeyIdTag();

    [GeneratedRegex("<SecretAccessKey>(.*?)</SecretAccessKey>")]
    private static partial Regex SecretTag();
}

/// <summary>One that checks no signatures: its own check does not know keys that an address has to encode.</summary>
public sealed class TrustingMotoServer : MotoServer
{
    protected override bool IsEnforced => false;
}
