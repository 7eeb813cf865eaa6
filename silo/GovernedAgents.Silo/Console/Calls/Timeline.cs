using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Console.Calls;

/// <param name="Tone"><c>good</c>, <c>bad</c>, <c>waiting</c> or <c>plain</c>.</param>
/// <param name="Detail">As somebody wrote it; null when there is nothing to say.</param>
public sealed record TimelineEntry(DateTimeOffset At, long Pos, string Tone, string Title, string? Detail = null);

/// <summary>A call's records in words. A kind without words of its own is shown by its name: nothing is left out.</summary>
public static class Timeline
{
    public static IReadOnlyList<TimelineEntry> Of(IEnumerable<JournalRecord> records) => [.. records.Select(Entry)];

    private static TimelineEntry Entry(JournalRecord record)
    {
        TimelineEntry Told(string tone, string title, string? detail = null) => new(record.At, record.Pos, tone, title, detail);
        return record.Event switch
        {
            CallSubmitted e => Told("plain", e.DryRun ? "Submitted as a dry run" : "Submitted", $"{e.Agent} at tier {Answers.NameOf(e.Tier)}, effect {Answers.NameOf(e.Effect)}"),
            CallDecided e => Told(e.Decision.Effect switch { DecisionEffect.Allow => "good", DecisionEffect.Review => "waiting", _ => "bad" },
                $"Decided: {Answers.NameOf(e.Decision.Effect)}", string.Join(", ", e.Decision.RuleIds)),
            CallHeld e => Told("waiting", "Held for review", $"until {e.Deadline.UtcDateTime:yyyy-MM-dd HH:mm} UTC"),
            ReviewRequested e => Told("waiting", "Review requested", string.Join(" and ", e.Requirements.SelectMany(r => r.Quorum).Select(s => $"{s.Approvals} of {string.Join(" or ", s.From.Select(Slots.Party))}"))),
            VoteCast e => Told(e.Vote.Decision == VoteDecision.Approve ? "good" : "bad", $"{e.Vote.Person} {(e.Vote.Decision == VoteDecision.Approve ? "approved" : "denied")}", e.Vote.Reason is { Length: > 0 } said ? said : null),
            ReviewEscalated e => Told("waiting", $"Escalated to {string.Join(", ", e.To.Select(Slots.Party))}", e.RuleId),
            QuorumReached => Told("good", "Quorum reached"),
            ReviewDenied e => Told("bad", "Review ended by denial", e.Reason),
            ReviewExpired => Told("bad", "Review expired"),
            ApprovalVoided e => Told("bad", "Review voided", e.Reason),
            ReviewCancelled e => Told("plain", "Review cancelled", e.Reason),
            CallApproved e => Told("good", "Approved, waits to start", $"not before {e.NotBefore.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"),
            ExecutionStarted e => Told("plain", "Execution started", e.Spends.Count > 0 ? "spends " + string.Join(", ", e.Spends.Select(spend => spend.LimitId)) : null),
            ExecutionFinished e => Told(e.Succeeded ? "good" : "bad", e.Succeeded ? "Succeeded" : "Failed", e.ErrorDetail),
            OutcomeUnknown e => Told("bad", "Outcome unknown", e.ErrorDetail),
            OutcomeResolved e => Told(e.Succeeded ? "good" : "bad", $"{e.By} resolved it: {(e.Succeeded ? "succeeded" : "failed")}", e.Note),
            CallDenied e => Told("bad", "Denied", e.Detail),
            CallExpired e => Told("bad", "Expired", e.Detail),
            CallCancelled e => Told("plain", $"Withdrawn by {e.By}"),
            CallVoided e => Told("bad", "Voided", e.Reason),
            _ => Told("plain", record.Kind),
        };
    }
}
