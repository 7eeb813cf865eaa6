using System.Net;
using System.Text.Json;

namespace GovernedAgents.Connectors.Mcp;

/// <summary>What the server sends by itself: streams of events, requests and notifications; and whether it is still there.</summary>
internal sealed partial class McpHttpSession
{
    private const int MaxOpenReplies = 64;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500), LongestPause = TimeSpan.FromSeconds(30), LooksAfter = TimeSpan.FromSeconds(30);
    private int _openReplies;

    /// <summary>Events until our answer. A stream that breaks off is asked for again from where it broke off, where the server keeps it; the call itself never is.</summary>
    private async Task<RpcEnd> FollowAsync(Stream stream, long id, CancellationToken giveUp)
    {
        var (end, seen) = await ReadToAnswerAsync(stream, id, giveUp).ConfigureAwait(false);
        for (var pause = FirstPause; end is null; pause = Longer(pause))
        {
            if (seen?.LastId is not { } last) return new RpcEnd.Lost(LostBecause.Connection);
            await Task.Delay(seen.Retry ?? pause, Time, giveUp).ConfigureAwait(false);
            (end, var more) = await ResumeAsync(last, id, giveUp).ConfigureAwait(false);
            if (more?.LastId is not null) seen = more;
        }

        return end;
    }

    private async Task<(RpcEnd? End, EventStream? Seen)> ResumeAsync(string last, long id, CancellationToken giveUp)
    {
        try
        {
            using var request = Message(HttpMethod.Get, null, last);
            using var response = await _asides.SendAsync(request, giveUp).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound) End();
            if (!IsEventStream(response)) return (new RpcEnd.Lost(LostBecause.Connection), null);
            return await ReadToAnswerAsync(await response.Content.ReadAsStreamAsync(giveUp).ConfigureAwait(false), id, giveUp).ConfigureAwait(false);
        }
        catch (Exception away) when (away is HttpRequestException or IOException)
        {
            return (null, null);
        }
    }

    /// <summary>No end when the stream ends before the answer.</summary>
    private async Task<(RpcEnd? End, EventStream Seen)> ReadToAnswerAsync(Stream stream, long id, CancellationToken giveUp)
    {
        var events = new EventStream(stream, JsonRpcPeer.MaxLineBytes);
        try
        {
            while (true)
            {
                var (end, data) = await events.ReadAsync(giveUp).ConfigureAwait(false);
                if (end == LineEnd.Over) return (new RpcEnd.Lost(LostBecause.Oversized), events);
                if (end == LineEnd.EndOfStream) return (null, events);
                if (Find(data, id) is { } answer) return (answer, events);
                if (!IsMessage(data)) return (new RpcEnd.Lost(LostBecause.Malformed), events);
            }
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (null, events);
        }
    }

    /// <summary>What the server announces outside our requests, for as long as it keeps a stream for that; many keep none.</summary>
    private async Task ListenAsync()
    {
        string? last = null;
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            TimeSpan? retry = null;
            try
            {
                using var request = Message(HttpMethod.Get, null, last);
                using var response = await _asides.SendAsync(request, _stop.Token).ConfigureAwait(false);
                if (response.StatusCode == HttpStatusCode.NotFound && _session is not null) End();
                if (!IsEventStream(response)) return;
                pause = FirstPause;
                var (_, seen) = await ReadToAnswerAsync(await response.Content.ReadAsStreamAsync(_stop.Token).ConfigureAwait(false), 0, _stop.Token).ConfigureAwait(false);
                (last, retry) = (seen.LastId ?? last, seen.Retry);
            }
            catch (Exception away) when (away is HttpRequestException or IOException) { /* tried again after a pause */ }
            catch (OperationCanceledException) { return; }

            if (!await PausedAsync(retry ?? pause).ConfigureAwait(false)) return;
        }
    }

    /// <summary>Whether the server is there and offers what it did. What it announced while nobody listened is noticed here.</summary>
    private async Task LookAsync()
    {
        while (await PausedAsync(LooksAfter).ConfigureAwait(false))
        {
            try
            {
                var before = Listing;
                await ListAsync(_stop.Token).ConfigureAwait(false);
                if (before is not null && Listing != before) NoteListChanged();
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                End();
            }
        }
    }

    private async Task<bool> PausedAsync(TimeSpan pause)
    {
        await Task.Delay(pause, Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_ended.Task.IsCompleted;
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private static bool IsEventStream(HttpResponseMessage response) => response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == EventStreamType;

    private static bool IsMessage(byte[] data)
    {
        try
        {
            return JsonDocument.Parse(data).RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The answer to our request, if it is here; what else is here is taken for what it is.</summary>
    private RpcEnd.Answered? Find(byte[] body, long id)
    {
        try
        {
            var message = JsonDocument.Parse(body).RootElement;
            if (message.ValueKind != JsonValueKind.Array) return Take(message, id);
            RpcEnd.Answered? found = null;
            foreach (var one in message.EnumerateArray()) found = Take(one, id) ?? found;
            return found;
        }
        catch (Exception none) when (none is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private RpcEnd.Answered? Take(JsonElement message, long id)
    {
        if (message.ValueKind != JsonValueKind.Object) return null;
        var hasId = message.TryGetProperty("id", out var its);
        if (!message.TryGetProperty("method", out var method))
            return hasId && its.ValueKind == JsonValueKind.Number && its.TryGetInt64(out var number) && number == id ? new RpcEnd.Answered(message) : null;
        if (!hasId)
        {
            if (method.ValueEquals("notifications/tools/list_changed"u8)) NoteListChanged();
        }
        else if (its.ValueKind is JsonValueKind.String or JsonValueKind.Number) Reply(its, method.ValueEquals("ping"u8));
        return null;
    }

    private void Reply(JsonElement id, bool ping)
    {
        if (Interlocked.Increment(ref _openReplies) > MaxOpenReplies) Interlocked.Decrement(ref _openReplies);
        else _ = ReplyAsync(ping ? RpcLine.EmptyResult(id) : RpcLine.MethodNotFound(id));
    }

    private async Task ReplyAsync(byte[] body)
    {
        try { await PostAsync(body).ConfigureAwait(false); }
        finally { Interlocked.Decrement(ref _openReplies); }
    }
}
