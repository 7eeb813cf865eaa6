using GovernedAgents.Contracts;
using GovernedAgents.Policy;

namespace GovernedAgents.Silo.Calls;

/// <summary>Waits for a call to change.</summary>
public sealed class CallWatch(IGrainFactory grains, IReadModel readModel, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    /// <summary>Holds in slices of at most 5 s, so that a lost silo costs one slice; null when the time is over, the silo stops or nothing can change any more.</summary>
    public async Task<CallSnapshot?> ChangedAsync(CallSnapshot call, TimeSpan atMost, CancellationToken cancellation)
    {
        var environment = grains.GetGrain<IEnvironmentGrain>(call.Environment);
        var begun = time.GetTimestamp();
        while (atMost - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
            var seen = await environment.WatchAsync(call.Id, call.Version, left < Slice ? left : Slice);
            if (seen is null)
                return await readModel.FindCallAsync(call.Id, cancellation) is { } settled && settled.Version != call.Version ? settled : null;
            if (seen.Version != call.Version) return seen;
        }
        return null;
    }

    /// <summary>The call once it has ended, or as it stands when the time is over.</summary>
    public async Task<CallSnapshot> EndedAsync(CallSnapshot call, TimeSpan atMost, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        while (call.State is CallStatus.PendingReview or CallStatus.Approved or CallStatus.Executing && await ChangedAsync(call, atMost - time.GetElapsedTime(begun), cancellation) is { } changed)
            call = changed;
        return call;
    }
}
