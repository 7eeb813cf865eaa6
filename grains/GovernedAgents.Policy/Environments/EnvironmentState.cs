using System.Collections.Immutable;
using GovernedAgents.Policy.Configuration;
using GovernedAgents.Policy.Events;
using GovernedAgents.Policy.Policies;

namespace GovernedAgents.Policy.Environments;

/// <summary>An environment as the fold of its stream. Bounded by what is open, never by history. Immutable: a staged state shares with the committed one.</summary>
public sealed record EnvironmentState
{
    /// <summary>Version of this shape: a snapshot of another one is ignored.</summary>
    public const int StateVersion = 2;

    /// <summary>0 until it is configured.</summary>
    public int Generation { get; init; }
    public string Definition { get; init; } = "";
    public string PolicyVersion { get; init; } = "";
    public int Incarnation { get; init; }
    public ImmutableDictionary<string, EnvironmentFrozen> Freezes { get; init; } = ImmutableDictionary<string, EnvironmentFrozen>.Empty;
    public ImmutableDictionary<string, OpenCall> Calls { get; init; } = ImmutableDictionary<string, OpenCall>.Empty;
    public LimitLevels Levels { get; init; } = LimitLevels.Empty;
    /// <summary>Levels of the limits that several environments share, as this environment's own starts left them.</summary>
    public LimitLevels Shared { get; init; } = LimitLevels.Empty;
    /// <summary>Session → what of it other calls may follow.</summary>
    public ImmutableDictionary<string, SessionSequence> Sequences { get; init; } = ImmutableDictionary<string, SessionSequence>.Empty;
    /// <summary>Tripwire id, scope and scope value → what has been counted.</summary>
    public ImmutableDictionary<string, TripwireWindow> Windows { get; init; } = ImmutableDictionary<string, TripwireWindow>.Empty;
    /// <summary>Session → the tripwire that the session itself has not recorded yet.</summary>
    public ImmutableDictionary<string, TripwireTripped> Tripped { get; init; } = ImmutableDictionary<string, TripwireTripped>.Empty;

    public EnvironmentState Apply(DomainEvent occurred, DateTimeOffset at, long seq) => occurred switch
    {
        CallEvent call => ApplyCall(call, at, seq),
        EnvironmentConfigured e => this with { Generation = e.Generation, Definition = e.Definition, PolicyVersion = e.PolicyVersion },
        EnvironmentFrozen e => this with { Freezes = Freezes.SetItem(e.Id, e) },
        EnvironmentUnfrozen => this with { Freezes = Freezes.Clear() },
        IncarnationBegan e => this with { Incarnation = e.Incarnation },
        CallThrottled => this,
        SequenceMarked e => this with { Sequences = Marked(e, at) },
        SharedLimitsSpent e => this with { Shared = Shared.Merge(LimitLevels.FromStored(e.Levels), at) },
        TripwireCounted e => this with { Windows = Counted(e, at) },
        TripwireTripped e => this with
        {
            Windows = Windows.Remove(e.Key),
            Tripped = e.Then == TripwireAction.FreezeEnvironment || Tripped.GetValueOrDefault(e.Session) is { Then: TripwireAction.QuarantineSession } ? Tripped : Tripped.SetItem(e.Session, e),
        },
        TripwireSettled e => this with { Tripped = Tripped.Remove(e.Session) },
        _ => throw new UnknownEventKindException(EventCodec.KindOf(occurred)),
    };

    private ImmutableDictionary<string, SessionSequence> Marked(SequenceMarked marked, DateTimeOffset at)
    {
        var known = Sequences.GetValueOrDefault(marked.Session) ?? new SessionSequence(ImmutableDictionary<string, DateTimeOffset>.Empty, at);
        var until = marked.Marks.Max(mark => at + mark.Within);
        var session = new SessionSequence(known.At.SetItems(marked.Marks.Select(mark => KeyValuePair.Create(mark.Key, at))), until > known.Until ? until : known.Until);
        var next = Sequences.SetItem(marked.Session, session);
        // A call that waits for its review is judged again by what it followed when it was submitted.
        return next.Count > Sequences.Count && IsTimeToDrop(next.Count)
            ? next.RemoveRange(next.Where(s => s.Value.Until < at && !Calls.Values.Any(call => call.Waiting && call.Submitted.Session == s.Key)).Select(s => s.Key))
            : next;
    }

    private ImmutableDictionary<string, TripwireWindow> Counted(TripwireCounted counted, DateTimeOffset at)
    {
        var next = counted.Counts.Aggregate(Windows, (windows, count) => windows.SetItem(count.Key, TripwireWindow.Count(windows.GetValueOrDefault(count.Key), count, at)));
        return next.Count > Windows.Count && IsTimeToDrop(next.Count) ? next.RemoveRange(next.Where(w => w.Value.Until < at).Select(w => w.Key)) : next;
    }

    /// <summary>What is over is dropped each time the number doubles: amortised O(1), and never more than twice what counts.</summary>
    private static bool IsTimeToDrop(int count) => count >= 64 && int.IsPow2(count);

    private EnvironmentState ApplyCall(CallEvent occurred, DateTimeOffset at, long seq)
    {
        var call = OpenCall.Apply(Calls.GetValueOrDefault(occurred.Call), occurred, at, seq);
        if (call is null) return this;
        var levels = occurred is ExecutionStarted started && started.Spends.Count > 0 ? Levels.Spend(started.Spends, at) : Levels;
        // A submitted call is not open before its decision says so; it is kept until then because the decision follows in the same unit.
        return this with { Levels = levels, Calls = call.Ended && occurred is not CallSubmitted ? Calls.Remove(call.Id) : Calls.SetItem(call.Id, call) };
    }
}
