using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Environments;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Environments;

/// <summary>What is told: only what is committed.</summary>
public sealed partial class EnvironmentGrain
{
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(20);

    public async Task<CallSnapshot?> WatchAsync(string callId, long? afterVersion, TimeSpan atMost)
    {
        var end = clock.Time.GetTimestamp() + (long)((atMost < LongestWatch ? atMost : LongestWatch).TotalSeconds * clock.Time.TimestampFrequency);
        while (true)
        {
            var view = await ViewAsync(callId);
            if (view is null || afterVersion is null || view.Version != afterVersion) return view;
            if (await ChangeAsync(callId, end)) continue;
            if (Retired) return view;
            // "Nothing changed" must be true of the journal, not only of this activation. (What it has staged itself is on its way.)
            var missed = await _shell.MissesAsync(occurred => occurred is CallEvent of && of.Call == callId);
            if (!missed || _shell.Ahead.Calls.GetValueOrDefault(callId)?.Version != view.Version) return view;
            Retire();
            return null;
        }
    }

    public Task<EnvironmentSnapshot?> ReadAsync()
    {
        if (_definition is null || _policy is null) return Task.FromResult<EnvironmentSnapshot?>(null);
        var state = _shell.Committed;
        var now = clock.Now;
        return Task.FromResult<EnvironmentSnapshot?>(new EnvironmentSnapshot
        {
            Name = Name, Class = _definition.Class, Labels = _definition.Labels, Owners = _definition.Owners, Policy = _definition.Policy, PolicyVersion = state.PolicyVersion,
            Generation = state.Generation,
            Frozen =
            [
                .. state.Freezes.Values.OrderBy(freeze => freeze.Id, StringComparer.Ordinal).Select(freeze => new FreezeSnapshot { Id = freeze.Id, Reason = freeze.Reason, Blocks = freeze.Blocks }),
                .. _policy.FreezesAt(now).Select(freeze => new FreezeSnapshot { Id = freeze.Id, Reason = freeze.Reason, Blocks = freeze.Blocks, Until = freeze.Until }),
            ],
            Limits = [.. _policy.LimitStandings(state.Levels, _policy.SharesLimits ? sharedLimits.Levels : state.Levels, now).Select(limit => new LimitSnapshot
            {
                Id = limit.Id, Per = limit.Per, Available = limit.Available, Burst = limit.Burst, Rate = limit.Rate,
            })],
            InFlight = state.Calls.Values.Count(call => call.Status == CallStatus.Executing), Pending = state.Calls.Values.Count(call => call.Waiting),
        });
    }

    /// <summary>Waits while the call executes, at most <paramref name="wait"/>; then answers its committed state.</summary>
    private async Task<Answer<CallSnapshot>> AnswerAsync(string callId, TimeSpan wait)
    {
        var end = clock.Time.GetTimestamp() + (long)((wait < LongestWatch ? wait : LongestWatch).TotalSeconds * clock.Time.TimestampFrequency);
        while (_shell.Committed.Calls.GetValueOrDefault(callId) is null or { Status: CallStatus.Executing } && !_ended.ContainsKey(callId))
        {
            // What another activation does with it now is not known here; who asked asks the next one.
            if (_shell.Lost) return Refusals.Unavailable();
            if (!await ChangeAsync(callId, end)) break;
        }

        return await ViewAsync(callId) is { } view ? CallViews.AsAnswer(view) : Refusals.Unavailable();
    }

    private async Task<CallSnapshot?> ViewAsync(string callId)
    {
        if (_ended.TryGetValue(callId, out var ended)) return ended;
        if (_shell.Committed.Calls.GetValueOrDefault(callId) is not { } call) return null;
        if (!_contents.TryGetValue(callId, out var content))
            return await CallViews.ReadAsync(call, journal);
        return CallViews.Of(call, content.ArgumentsJson, content.Reason, null);
    }

    private async Task<bool> ChangeAsync(string callId, long end)
    {
        var left = clock.Time.GetElapsedTime(clock.Time.GetTimestamp(), end);
        if (left <= TimeSpan.Zero || Retired) return false;
        if (!_changes.TryGetValue(callId, out var change)) _changes[callId] = change = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            // Whoever waits is answered when the silo stops: it could not end before them.
            await change.Task.WaitAsync(left, clock.Time, lifetime.ApplicationStopping);
            return true;
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>A record about this call is durable: keeps the view of an ended one for a while, wakes who waits.</summary>
    private void Changed(string callId, string? resultJson = null)
    {
        if (_ending.Remove(callId, out var call)) KeepEndedCall(call, resultJson);
        if (_changes.Remove(callId, out var change)) change.TrySetResult();
    }

    private void KeepEndedCall(OpenCall call, string? resultJson)
    {
        _contents.Remove(call.Id, out var content);
        if (_ended.ContainsKey(call.Id)) return;
        _ended[call.Id] = CallViews.Of(call, content?.ArgumentsJson, content?.Reason, resultJson);
        _endedOrder.Enqueue(call.Id);
        if (_endedOrder.Count > KeepEnded) _ended.Remove(_endedOrder.Dequeue());
    }
}
