using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>Every answer that a client of the API got, as text.</summary>
internal sealed class AnswerKeeper() : DelegatingHandler(new SocketsHttpHandler())
{
    public ConcurrentQueue<byte[]> Answers { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        Answers.Enqueue([.. Encoding.UTF8.GetBytes(answer.Headers.ToString()), .. await answer.Content.ReadAsByteArrayAsync(cancellationToken)]);
        return answer;
    }
}

/// <summary>An OTLP collector of HTTP: keeps the bytes of every trace, metric and log record that it is sent. Strings stand in protobuf as they are.</summary>
internal sealed class TelemetryKeeper : IDisposable
{
    private readonly HttpListener _listener = new();

    public TelemetryKeeper()
    {
        Address = GovernedAgents.Faults.Tests.Kit.Installation.FreeAddress().ToString().TrimEnd('/');
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }
    public ConcurrentQueue<byte[]> Received { get; } = [];

    public bool Holds(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Received.Any(one => one.AsSpan().IndexOf(bytes) >= 0);
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var exchange = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await exchange.Request.InputStream.CopyToAsync(body);
                Received.Enqueue(body.ToArray());
                exchange.Response.ContentType = "application/x-protobuf";
                exchange.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
        }
    }
}
