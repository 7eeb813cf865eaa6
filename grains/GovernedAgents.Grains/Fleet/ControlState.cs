using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;

namespace GovernedAgents.Grains.Fleet;

/// <summary>What this silo may run on: the control epoch that it has put into force, good for the run lease (monotonic).</summary>
public sealed class ControlState(JournalClock clock)
{
    private volatile Held? _held;
    private TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Held(FleetControl Control, long TakenAt);

    /// <summary>The control in force; null when the run lease has run out: then nothing may start.</summary>
    public FleetControl? Current => _held is { } held && clock.Time.GetElapsedTime(held.TakenAt) < held.Control.Lease ? held.Control : null;

    /// <summary>The epoch last put into force, lease or not.</summary>
    public long Epoch => _held?.Control.Epoch ?? -1;

    /// <summary>The incarnation of the database; it changes at a start alone, so the last word holds without a lease. Fails closed before the first.</summary>
    public int Incarnation => _held?.Control.Incarnation ?? throw new InvalidOperationException("This silo has not heard from the fleet yet; nothing can be judged.");

    /// <param name="control">What the fleet said.</param>
    /// <param name="askedAt">Monotonic timestamp before the question was asked: a slow answer never lengthens the lease.</param>
    public void PutIntoForce(FleetControl control, long askedAt)
    {
        _held = new Held(control, askedAt);
        Interlocked.Exchange(ref _taken, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>While the fleet moves to another silo no lease is renewed for a moment: whoever needs one may wait for it.</summary>
    /// <returns>Whether a lease is held.</returns>
    public async ValueTask<bool> HoldsLeaseAsync(TimeSpan atMost)
    {
        for (var asked = clock.Time.GetTimestamp(); Current is null;)
        {
            var left = atMost - clock.Time.GetElapsedTime(asked);
            if (left <= TimeSpan.Zero) return false;
            await Volatile.Read(ref _taken).Task.WaitAsync(left, clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return true;
    }

    /// <summary>The last check before an effect.</summary>
    public bool MayRun(string agent) => Current is { Halted: false } control && !control.KilledAgents.ContainsKey(agent);
}
