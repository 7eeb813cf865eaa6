using System.Net;
using GovernedAgents.Client.Http;

namespace GovernedAgents.Client;

/// <summary>A call that is not over: in review, approved and waiting, or running.</summary>
public sealed class PendingCall
{
    // The API holds an answer for at most a minute; shorter slices keep proxies from cutting the connection.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(30);

    private readonly ApiTransport _transport;
    private readonly Func<CancellationToken, ValueTask<string?>> _token;
    private readonly string _id;
    private CallInfo? _call;
    private string? _eTag;

    internal PendingCall(ApiTransport transport, Func<CancellationToken, ValueTask<string?>> token, CallInfo call, string? eTag)
        : this(transport, token, call.Id) => (_call, _eTag) = (call, eTag);

    internal PendingCall(ApiTransport transport, Func<CancellationToken, ValueTask<string?>> token, string id) =>
        (_transport, _token, _id) = (transport, token, id);

    public string Id => _id;

    /// <summary>As last seen. Throws <see cref="InvalidOperationException"/> on a handle resumed by id before its first wait.</summary>
    public CallInfo Call => _call ?? throw new InvalidOperationException($"Call {_id} has not been read yet: await WaitAsync first.");

    /// <summary>Where people review it; null while it merely runs.</summary>
    public string? ApprovalUrl => _call?.Approval?.Url;

    /// <summary>When the review ends by itself.</summary>
    public DateTimeOffset? Deadline => _call?.Approval?.Deadline;

    /// <summary>Waits until the call is over, however long that takes.</summary>
    public Task<CallResult> WaitAsync(CancellationToken cancellation = default) => WaitAsync(Timeout.InfiniteTimeSpan, cancellation);

    /// <summary>Waits until the call is over or <paramref name="timeout"/> has passed; the latter gives <see cref="CallPending"/>.</summary>
    /// <exception cref="GovernedAgentsException">The call cannot be read (any more).</exception>
    public async Task<CallResult> WaitAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        var started = _transport.Time.GetTimestamp();
        while (true)
        {
            var left = timeout == Timeout.InfiniteTimeSpan ? Slice : timeout - _transport.Time.GetElapsedTime(started);
            var slice = left < TimeSpan.Zero ? TimeSpan.Zero : left < Slice ? left : Slice;
            var asked = _transport.Time.GetTimestamp();
            var result = await LookAsync(slice, cancellation);
            // An answer may come early: the first of a resumed handle does, and so does one step of several.
            if (result is not CallPending || (timeout != Timeout.InfiniteTimeSpan && _transport.Time.GetElapsedTime(started) >= timeout)) return result;
            // A server that does not hold the answer must not be asked in a tight loop.
            if (_transport.Time.GetElapsedTime(asked) < TimeSpan.FromMilliseconds(200)) await Task.Delay(TimeSpan.FromMilliseconds(200), _transport.Time, cancellation);
        }
    }

    /// <summary>Withdraws the call.</summary>
    /// <returns>The ended call.</returns>
    /// <exception cref="GovernedAgentsException"><c>already-started</c> (409) when it is too late: wait for its outcome instead.</exception>
    public async Task<CallInfo> CancelAsync(CancellationToken cancellation = default)
    {
        var answer = await _transport.SendAsync(new ApiRequest(HttpMethod.Post, $"v1/calls/{ApiRequest.Segment(_id)}/cancel") { Token = _token, Body = "{}"u8.ToArray() }, cancellation);
        return _call = answer.Read<CallInfo>();
    }

    private async Task<CallResult> LookAsync(TimeSpan wait, CancellationToken cancellation)
    {
        var answer = await _transport.SendAsync(new ApiRequest(HttpMethod.Get, $"v1/calls/{ApiRequest.Segment(_id)}") { Token = _token, Wait = wait, IfNoneMatch = _eTag }, cancellation);
        if (answer.Status == HttpStatusCode.NotModified) return new CallPending { Pending = this };
        _call = answer.Read<CallInfo>();
        _eTag = answer.ETag;
        var result = CallOutcome.OfCall(_call, _eTag, _transport, _token);
        return result is CallPending ? new CallPending { Pending = this } : result;
    }
}
