using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace GovernedAgents.Connectors.Tests.HttpOutcomes;

/// <summary>
/// An MCP server over streamable HTTP on a bare socket, so that it can do what no well-behaved one does. What a call does is said by its tool's name; <see cref="Effects"/> counts
/// the calls that reached it within a session that it knows.
/// </summary>
internal sealed class McpHttpServer : IAsyncDisposable
{
    public const string Token = "http-s3cr3t-canary";
    private readonly ConcurrentDictionary<string, byte> _sessions = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpListener _listener;
    private Task _loop;
    private int _effects, _sessionNumber;
    private volatile NetworkStream? _announcing;

    public McpHttpServer()
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = AcceptAsync();
    }

    public int Port { get; }
    public string Url => $"http://127.0.0.1:{Port}/mcp";
    public int Effects => Volatile.Read(ref _effects);
    /// <summary>Every request: its first line, its headers, its body.</summary>
    public ConcurrentQueue<(string Line, string Headers, string Body)> Requests { get; } = new();
    /// <summary>The header that is asked for; another one is 401.</summary>
    public string Authorization { get; set; } = "Bearer " + Token;
    public string Description { get; set; } = "";
    public bool Announces { get; set; }
    public string? ElsewhereUrl { get; set; }

    /// <summary>As after a restart of the server: sessions are not known any more.</summary>
    public void Forget() => _sessions.Clear();

    /// <summary>Calls of <c>late</c> are answered now.</summary>
    public void Release() => _released.TrySetResult();

    public async Task AnnounceAsync()
    {
        while (_announcing is null) await Task.Delay(10);
        await WriteAsync(_announcing, Event("""{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"""));
    }

    /// <summary>Nobody listens, and open connections are reset.</summary>
    public async Task GoAwayAsync()
    {
        _listener.Stop();
        await _loop;
        foreach (var client in _clients)
        {
            try { client.Client?.Close(0); }
            catch (Exception gone) when (gone is ObjectDisposedException or SocketException) { }
        }
    }

    public void ComeBack()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await GoAwayAsync();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _ = ServeAsync(client);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request) return;
                Requests.Enqueue(request);
                await AnswerAsync(client, stream, request.Line, request.Headers, request.Body);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task AnswerAsync(TcpClient client, NetworkStream stream, string line, string headers, string body)
    {
        if (!headers.Contains($"Authorization: {Authorization}", StringComparison.OrdinalIgnoreCase))
        {
            await WriteAsync(stream, Http(401, "text/plain", $"not with {headers}", "WWW-Authenticate: Bearer\r\n"));
            return;
        }

        var session = Header(headers, "Mcp-Session-Id");
        if (line.StartsWith("DELETE", StringComparison.Ordinal)) await WriteAsync(stream, Http(200, "text/plain", ""));
        else if (line.StartsWith("GET", StringComparison.Ordinal)) await StreamAsync(stream, headers);
        else
        {
            var message = JsonDocument.Parse(body).RootElement;
            if (message.TryGetProperty("method", out var method) && method.GetString() == "initialize")
            {
                var opened = $"ses-{Interlocked.Increment(ref _sessionNumber)}";
                _sessions[opened] = 0;
                await WriteAsync(stream, Http(200, "application/json", Result(message, """{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"t","version":"1"}}"""), $"Mcp-Session-Id: {opened}\r\n"));
            }
            else if (session is null || !_sessions.ContainsKey(session)) await WriteAsync(stream, Http(404, "text/plain", "no such session"));
            else if (!message.TryGetProperty("id", out _) || !message.TryGetProperty("method", out _)) await WriteAsync(stream, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            else if (method.GetString() == "tools/list") await WriteAsync(stream, Http(200, "application/json", Result(message, Tools())));
            else await CallAsync(client, stream, message);
        }
    }

    /// <summary>A stream to listen on, or the rest of one that broke off.</summary>
    private async Task StreamAsync(NetworkStream stream, string headers)
    {
        if (Header(headers, "Last-Event-ID") is { } last && last.StartsWith("resume-", StringComparison.Ordinal))
        {
            await WriteAsync(stream, EventsHead + Event(Text(last["resume-".Length..], "resumed"), id: "done"));
            return;
        }

        if (!Announces)
        {
            await WriteAsync(stream, Http(405, "text/plain", ""));
            return;
        }

        await WriteAsync(stream, EventsHead + ": listening\n\n");
        _announcing = stream;
        await stream.ReadExactlyAsync(new byte[1]);
    }

    private async Task CallAsync(TcpClient client, NetworkStream stream, JsonElement message)
    {
        Interlocked.Increment(ref _effects);
        var id = message.GetProperty("id").GetRawText();
        var tool = message.GetProperty("params").GetProperty("name").GetString()!;
        if (tool.StartsWith("status_", StringComparison.Ordinal))
        {
            await WriteAsync(stream, Http(int.Parse(tool["status_".Length..], CultureInfo.InvariantCulture), "text/html", $"<h1>{Token}</h1>", ElsewhereUrl is null ? "" : $"Location: {ElsewhereUrl}\r\n"));
            return;
        }

        switch (tool)
        {
            case "echo": await WriteAsync(stream, Http(200, "application/json", Text(id, message.GetProperty("params").GetProperty("arguments").GetRawText()))); break;
            case "events":
                await WriteAsync(stream, EventsHead + Event("""{"jsonrpc":"2.0","id":"ask","method":"ping"}""") + Event("""{"jsonrpc":"2.0","method":"notifications/progress"}""") + Event(Text("999", "another's")) + Event(Text(id, "streamed")));
                break;
            case "breaks_off": await WriteAsync(stream, EventsHead + $"id: resume-{id}\nretry: 10\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}}\n\n"); break;
            case "breaks_off_for_good": await WriteAsync(stream, EventsHead + "data: {\"jsonrpc\":\"2.0\",\"id\":"); break;
            case "resets": client.Client.Close(0); break;
            case "cut": await WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{Text(id, "half")[..20]}"); break;
            case "silent": await stream.ReadExactlyAsync(new byte[1]); break;
            case "slow":
                await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
                while (true)
                {
                    await WriteAsync(stream, " ");
                    await Task.Delay(50);
                }

            case "late":
                await _released.Task;
                await WriteAsync(stream, Http(200, "application/json", Text(id, "too late")));
                break;
            case "oversized": await WriteAsync(stream, Http(200, "application/json", Text(id, new string('x', 5 * 1024 * 1024)))); break;
            case "oversized_event": await WriteAsync(stream, EventsHead + Event(Text(id, new string('x', 5 * 1024 * 1024)))); break;
            case "malformed": await WriteAsync(stream, Http(200, "application/json", "{\"jsonrpc\":")); break;
            case "malformed_event": await WriteAsync(stream, EventsHead + Event("no json")); break;
            case "accepted": await WriteAsync(stream, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"); break;
            case "page": await WriteAsync(stream, Http(200, "text/html", "<h1>welcome</h1>")); break;
            case "refused": await WriteAsync(stream, Http(400, "application/json", $$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":-32602,"message":"no {{{Token}}}"}}""")); break;
        }
    }

    private string Tools()
    {
        string[] names =
        [
            "echo", "events", "breaks_off", "breaks_off_for_good", "resets", "cut", "silent", "slow", "late", "oversized", "oversized_event", "malformed", "malformed_event", "accepted", "page", "refused",
            .. new[] { 302, 307, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503 }.Select(status => $"status_{status}"),
        ];
        return "{\"tools\":[" + string.Join(',', names.Select(name => JsonSerializer.Serialize(new { name, description = Description, inputSchema = new { type = "object" } }))) + "]}";
    }

    private const string EventsHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    private static string Event(string data, string? id = null) => (id is null ? "" : $"id: {id}\n") + $"event: message\ndata: {data}\n\n";

    private static string Text(string id, string text) => Answer(id, "{\"content\":[{\"type\":\"text\",\"text\":" + JsonSerializer.Serialize(text) + "}]}");

    private static string Result(JsonElement request, string result) => Answer(request.GetProperty("id").GetRawText(), result);

    private static string Answer(string id, string result) => "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":" + result + "}";

    private static string Http(int status, string type, string body, string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    private static string? Header(string headers, string name) =>
        headers.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line ? line[(name.Length + 1)..].Trim() : null;

    private static Task WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    private static async Task<(string Line, string Headers, string Body)?> ReadAsync(NetworkStream stream)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0) return null;
            bytes.Write(buffer, 0, read);
            var text = Encoding.UTF8.GetString(bytes.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            var length = int.Parse(Header(text[..end], "Content-Length") ?? "0", CultureInfo.InvariantCulture);
            if (bytes.Length < end + 4 + length) continue;
            var first = text.IndexOf("\r\n", StringComparison.Ordinal);
            return (text[..first], text[first..end], text[(end + 4)..]);
        }
    }
}
