using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>Passes bytes on to a local port; the answer to a request with certain words in it is taken and never delivered, its connection left open.</summary>
internal sealed class AnswerThief : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _target;
    private readonly string _words;
    private readonly Task _accepting;

    public AnswerThief(string target, string words)
    {
        (_target, _words) = (new Uri(target), words);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The request has had its effect and its answer is here.</summary>
    public Task Taken => _taken.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(_target.Host, _target.Port, _stop.Token);
            var said = new StringBuilder();
            await Task.WhenAny(
                CopyAsync(client, bytes => { said.Append(Encoding.Latin1.GetString(bytes.Span)); return server.GetStream().WriteAsync(bytes, _stop.Token); }),
                CopyAsync(server, bytes => said.ToString().Contains(_words, StringComparison.Ordinal) ? TakeAsync() : client.GetStream().WriteAsync(bytes, _stop.Token)));
        }
    }

    private async ValueTask TakeAsync()
    {
        _taken.TrySetResult();
        await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    private async Task CopyAsync(TcpClient from, Func<ReadOnlyMemory<byte>, ValueTask> to)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var read) await to(buffer.AsMemory(0, read));
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone; the other is closed by the caller.
        }
    }
}
