using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GovernedAgents.Connectors.Tests.Aws;

/// <summary>An address that answers each request with bytes of the test's choice: what no well-behaved service does. The role is assumed here too.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string?> _answer;
    private readonly List<string> _requests = [];
    private readonly Task _loop;

    /// <param name="answer">From the request's text to the whole answer; null closes the connection, empty never answers.</param>
    public ScriptedService(Func<string, string?> answer)
    {
        _answer = answer;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Nobody listens any more once the role was assumed: the request itself finds no connection.</summary>
    public bool EndsAfterTheRole { get; init; }

    /// <summary>The error that answers instead of the role's key.</summary>
    public string? RoleFault { get; init; }

    /// <summary>Requests other than those for the role.</summary>
    public IReadOnlyList<string> Requests
    {
        get { lock (_requests) return [.. _requests]; }
    }

    public static string Http(int status, string type, string body, string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var request = await ReadAsync(stream);
            if (request.Length == 0) return;
            string? answer;
            if (request.Contains("Action=AssumeRole", StringComparison.Ordinal))
            {
                if (EndsAfterTheRole) _listener.Stop();
                answer = RoleFault is { } fault ? Http(403, "text/xml", $"<ErrorResponse><Error><Code>{fault}</Code><Message>said so</Message></Error></ErrorResponse>") : Http(200, "text/xml", """
                    <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>assumed-canary-secret</SecretAccessKey>
                    <SessionToken>assumed-canary-token</SessionToken><Expiration>2026-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
                    """);
            }
            else
            {
                lock (_requests) _requests.Add(request);
                answer = _answer(request);
            }

            if (answer is "") await stream.ReadExactlyAsync(new byte[1]).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
            else if (answer is not null) await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            else client.Client.LingerState = new LingerOption(true, 0);
        }
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0) return Encoding.UTF8.GetString(bytes.ToArray());
            bytes.Write(buffer, 0, read);
            var text = Encoding.UTF8.GetString(bytes.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1].Trim() ?? "0";
            if (bytes.Length >= end + 4 + int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)) return text;
        }
    }
}
