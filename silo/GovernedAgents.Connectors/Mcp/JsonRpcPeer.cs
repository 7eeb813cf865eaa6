using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>
/// Our end of JSON-RPC over two pipes: requests multiplexed by number, one writer at a time. Ends once, for all outstanding requests, with the first of: end of
/// stream, a broken pipe, a line over the cap, a malformed line while requests are outstanding.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "The semaphore never makes a wait handle, so there is nothing to free; late writers may still release it.")]
internal sealed class JsonRpcPeer(Stream toServer, Stream fromServer, Action kill, string name, TimeProvider time, ILogger logger)
{
    public const int MaxLineBytes = 4 * 1024 * 1024;
    private const int MaxOpenReplies = 64;
    private static readonly TimeSpan StalledWrite = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<RpcEnd>> _pending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;
    private int _openReplies, _closed;

    /// <summary>After the handshake a line that is no message ends the connection; before, banners of the launcher are skipped.</summary>
    public bool Strict { get; set; }

    public Action<string>? Notified { get; set; }

    public Task Ended => _ended.Task;

    /// <param name="beforeSend">Called with the writer's lock held, on the thread that writes, immediately before the write.</param>
    /// <param name="giveUp">Stops waiting. Tells the server, or ends the connection when half a line hangs in the pipe.</param>
    public async Task<RpcEnd> RequestAsync(string method, Action<Utf8JsonWriter>? parameters, Func<bool>? beforeSend, CancellationToken giveUp)
    {
        var id = Interlocked.Increment(ref _lastId);
        var line = RpcLine.Request(id, method, parameters);
        try { await _writing.WaitAsync(giveUp).ConfigureAwait(false); }
        catch (OperationCanceledException) { return new RpcEnd.NotSent(NotSentBecause.GaveUp); }

        var sending = new RpcSending(id, line, beforeSend);
        // On a thread of its own: a server that does not read its input blocks the write, and the deadline has to pass all the same.
        var write = Task.Run(() => Send(sending), CancellationToken.None);
        try { return await sending.End.Task.WaitAsync(giveUp).ConfigureAwait(false); }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            if (sending.TryAbandon()) return new RpcEnd.NotSent(NotSentBecause.GaveUp);
            _pending.TryRemove(id, out _);
            if (sending.End.Task.IsCompleted) return await sending.End.Task.ConfigureAwait(false);
            if (write.IsCompleted) _ = NotifyAsync("notifications/cancelled", json => json.WriteNumber("requestId", id));
            else Close(LostBecause.Connection);
            return new RpcEnd.GaveUp();
        }
    }

    public Task NotifyAsync(string method, Action<Utf8JsonWriter>? parameters = null) => PostAsync(RpcLine.Request(null, method, parameters));

    /// <summary>Ends the connection; idempotent, the first reason stands.</summary>
    public void Close(LostBecause because)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        foreach (var (id, _) in _pending)
            if (_pending.TryRemove(id, out var end)) end.TrySetResult(new RpcEnd.Lost(because));
        kill();
        _ended.TrySetResult();
    }

    /// <summary>Reads until the connection ends.</summary>
    public async Task ReadAsync()
    {
        var lines = new BoundedLines(fromServer, MaxLineBytes);
        try
        {
            while (true)
            {
                var (end, line) = await lines.ReadAsync().ConfigureAwait(false);
                if (end == LineEnd.EndOfStream) { Close(LostBecause.Connection); return; }
                if (end == LineEnd.Over) { Close(LostBecause.Oversized); return; }
                if (line.Span.Trim(" \t\r"u8).IsEmpty || TryDispatch(line)) continue;
                if (Strict && !_pending.IsEmpty) { Close(LostBecause.Malformed); return; }
                McpLog.Dropped(logger, name, "a line of its output is no JSON-RPC message");
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            Close(LostBecause.Connection);
        }
    }

    private void Send(RpcSending sending)
    {
        try
        {
            if (!sending.TryBegin()) return;
            _pending[sending.Id] = sending.End;
            // INVARIANT (no orphan): whoever registers after Close drained the table takes himself out.
            if (Volatile.Read(ref _closed) != 0)
            {
                if (_pending.TryRemove(sending.Id, out _)) sending.End.TrySetResult(new RpcEnd.NotSent(NotSentBecause.Closed));
                return;
            }
            if (sending.BeforeSend is { } allowed && !allowed())
            {
                _pending.TryRemove(sending.Id, out _);
                sending.End.TrySetResult(new RpcEnd.NotSent(NotSentBecause.Refused));
                return;
            }
            toServer.Write(sending.Line);
            toServer.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            Close(LostBecause.Connection);
        }
        catch (Exception failure)
        {
            // Only beforeSend is left: nothing was written, and its caller learns of his own fault.
            _pending.TryRemove(sending.Id, out _);
            sending.End.TrySetException(failure);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task PostAsync(byte[] line)
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(() => { toServer.Write(line); toServer.Flush(); }).WaitAsync(StalledWrite, time).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or TimeoutException)
        {
            Close(LostBecause.Connection);
        }
        finally
        {
            _writing.Release();
        }
    }

    private bool TryDispatch(ReadOnlyMemory<byte> line)
    {
        try
        {
            var message = JsonDocument.Parse(line.ToArray()).RootElement;
            if (message.ValueKind == JsonValueKind.Array && message.GetArrayLength() > 0)
                return message.EnumerateArray().Aggregate(true, (whole, one) => Dispatch(one) && whole);
            return Dispatch(message);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private bool Dispatch(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object) return false;
        var hasId = message.TryGetProperty("id", out var id);
        if (message.TryGetProperty("method", out var method))
        {
            if (method.ValueKind != JsonValueKind.String) return false;
            if (!hasId) Notified?.Invoke(method.GetString()!);
            else Reply(id, method.GetString()!);
            return true;
        }
        if (!hasId) return false;
        if (id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) && _pending.TryRemove(number, out var end))
            end.TrySetResult(new RpcEnd.Answered(message));
        else
            McpLog.Dropped(logger, name, "it answers a request that is not outstanding");
        return true;
    }

    private void Reply(JsonElement id, string method)
    {
        if (id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)) return;
        if (Interlocked.Increment(ref _openReplies) > MaxOpenReplies)
        {
            Interlocked.Decrement(ref _openReplies);
            McpLog.Dropped(logger, name, "it sends requests faster than it reads our replies");
            return;
        }
        _ = ReplyAsync(method == "ping" ? RpcLine.EmptyResult(id) : RpcLine.MethodNotFound(id));
    }

    private async Task ReplyAsync(byte[] line)
    {
        try { await PostAsync(line).ConfigureAwait(false); }
        finally { Interlocked.Decrement(ref _openReplies); }
    }
}
