using System.Collections.Concurrent;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Silo.Events;

/// <summary>From records of the journal to events. What a later record leaves out (whose call was it?) is looked up once and remembered.</summary>
public sealed class EventTranslation(IJournal journal)
{
    private const int MostRemembered = 50_000;

    private sealed record About(string Session, string Starter, string? Environment = null, string? Call = null, string? Approval = null, IReadOnlyList<QuorumSlot>? Slots = null);

    private readonly ConcurrentDictionary<string, About> _known = new(StringComparer.Ordinal);

    /// <summary>In the order of the records, and of several about one thing only the last.</summary>
    public async Task<IReadOnlyList<GovernanceEvent>> OfAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellation)
    {
        var newest = new Dictionary<(string, string?), GovernanceEvent>();
        foreach (var record in records)
            if (await OfAsync(record, cancellation) is { } occurred) newest[occurred.Subject] = occurred;
        if (_known.Count > MostRemembered) _known.Clear();
        return [.. newest.Values.OrderBy(occurred => occurred.Pos)];
    }

    private async ValueTask<GovernanceEvent?> OfAsync(JournalRecord record, CancellationToken cancellation)
    {
        var slash = record.Stream.IndexOf('/', StringComparison.Ordinal);
        var key = record.Stream[(slash + 1)..];
        switch (slash < 0 ? record.Stream : record.Stream[..slash])
        {
            case "environment" when record.Event is CallEvent occurred:
                return await OfCallAsync(occurred, cancellation) is { } call ? Event(record, "call.updated", call) : null;
            case "environment" when record.Event is not CallThrottled:
                return new GovernanceEvent { Pos = record.Pos, Type = "environment.updated", At = record.At, Environment = key };
            case "session":
                return await OfStreamAsync(record, cancellation) is { } session ? Event(record, "session.updated", session) : null;
            case "approval":
                return await OfStreamAsync(record, cancellation) is { } approval ? Event(record, record.Event is ReviewRequested ? "approval.requested" : "approval.updated", approval) : null;
            case "fleet":
                return new GovernanceEvent { Pos = record.Pos, Type = "fleet.updated", At = record.At };
            default:
                return null;
        }
    }

    private static GovernanceEvent Event(JournalRecord record, string type, About about) => new()
    {
        Pos = record.Pos, Type = type, At = record.At, Session = about.Session, Starter = about.Starter, Environment = about.Environment, Call = about.Call, Approval = about.Approval,
        Slots = about.Slots ?? [],
    };

    private async ValueTask<About?> OfCallAsync(CallEvent occurred, CancellationToken cancellation)
    {
        if (occurred is not CallSubmitted && !_known.ContainsKey(occurred.Call) && await journal.FindClaimAsync(occurred.Call, cancellation) is { } claim)
        {
            // A held call's submission, decision and review are consecutive records of one unit.
            foreach (var first in await journal.ReadAtAsync([claim.Pos, claim.Pos + 1, claim.Pos + 2], cancellation))
                if (first.Event is CallEvent earlier && earlier.Call == occurred.Call) Remember(earlier);
        }

        Remember(occurred);
        return _known.GetValueOrDefault(occurred.Call);
    }

    private void Remember(CallEvent occurred)
    {
        if (occurred is CallSubmitted submitted) _known[occurred.Call] = new(submitted.Session, submitted.Starter, submitted.Environment, submitted.Call);
        else if (occurred is CallHeld held && _known.TryGetValue(occurred.Call, out var known))
            _known[occurred.Call] = known with { Approval = held.Approval, Slots = [.. held.Requirements.SelectMany(requirement => requirement.Quorum)] };
    }

    /// <summary>A session or an approval says whose it is in the first record of its stream.</summary>
    private async ValueTask<About?> OfStreamAsync(JournalRecord record, CancellationToken cancellation)
    {
        if (record.Seq > 1 && !_known.ContainsKey(record.Stream))
        {
            await foreach (var first in journal.ReadStreamAsync(record.Stream, 0, cancellation))
            {
                Remember(first);
                break;
            }
        }

        Remember(record);
        return _known.GetValueOrDefault(record.Stream);
    }

    private void Remember(JournalRecord record)
    {
        if (record.Event is SessionStarted session) _known[record.Stream] = new(record.Stream["session/".Length..], session.Person);
        else if (record.Event is ReviewRequested review)
            _known[record.Stream] = new(review.Session, review.Starter, review.Environment, review.Call, review.Approval, [.. review.Requirements.SelectMany(requirement => requirement.Quorum)]);
    }
}
