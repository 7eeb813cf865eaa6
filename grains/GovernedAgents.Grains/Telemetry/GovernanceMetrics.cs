using System.Diagnostics;
using System.Diagnostics.Metrics;
using GovernedAgents.Contracts;
using GovernedAgents.Grains.Journal;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Events;

namespace GovernedAgents.Grains.Telemetry;

/// <summary>
/// What this silo measures. Facts are counted where they become durable, so that a figure never says more than the journal. Tags hold names of the configuration
/// (environments, rules, limits), never ids, people or arguments: their number stays small and no secret can enter.
/// </summary>
public static class GovernanceMetrics
{
    public const string MeterName = "GovernedAgents";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>("governedagents.decisions", "{decision}", "Journaled decisions; one count for each rule that took part.");
    private static readonly Counter<long> Throttled = Meter.CreateCounter<long>("governedagents.throttled", "{call}", "Submissions over a limit.");
    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("governedagents.outcomes", "{call}", "Journaled outcomes of executions: succeeded, failed, unknown.");
    private static readonly Counter<long> Voided = Meter.CreateCounter<long>("governedagents.calls.ended_unstarted", "{call}", "Held calls that ended without a start: denied, expired, cancelled, voided.");
    private static readonly Counter<long> ReviewsRequested = Meter.CreateCounter<long>("governedagents.reviews.requested", "{review}", "Calls held for review.");
    private static readonly Counter<long> ReviewsSettled = Meter.CreateCounter<long>("governedagents.reviews.settled", "{review}", "Reviews that ended: approved, denied, expired, cancelled, voided.");
    private static readonly Counter<long> Votes = Meter.CreateCounter<long>("governedagents.votes", "{vote}", "Votes cast.");
    private static readonly Histogram<double> ReviewDuration = Meter.CreateHistogram("governedagents.review.duration", "s", "From the request of a review to the vote that settled it.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [10, 30, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600] });
    private static readonly Histogram<double> ConnectorDuration = Meter.CreateHistogram("governedagents.connector.duration", "s", "Execution by a connector, from its start to its outcome.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300] });
    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram("governedagents.journal.commit.duration", "s", "One transaction of the journal.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5] });
    private static readonly Histogram<int> BatchUnits = Meter.CreateHistogram("governedagents.journal.batch.units", "{unit}", "Units that one transaction of the journal carried.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048] });
    private static readonly Counter<long> Appends = Meter.CreateCounter<long>("governedagents.journal.appends", "{unit}", "Units answered by the journal, by status.");

    /// <summary>Counts what a durable unit says.</summary>
    internal static void Committed(List<JournalRecord> records)
    {
        if (!Decisions.Enabled) return;
        foreach (var record in records) Count(record);
    }

    internal static void ReviewSettledByVote(TimeSpan after) => ReviewDuration.Record(after.TotalSeconds);

    internal static void Executed(string environment, string connector, OutcomeKind outcome, TimeSpan took)
    {
        if (ConnectorDuration.Enabled) ConnectorDuration.Record(took.TotalSeconds, new("environment", environment), new("connector", connector), new("outcome", Word(outcome)));
    }

    internal static void Batch(JournalBatch batch, TimeSpan took)
    {
        if (!CommitDuration.Enabled) return;
        CommitDuration.Record(took.TotalSeconds);
        BatchUnits.Record(batch.Units.Count);
        foreach (var status in batch.Results.CountBy(result => result.Status)) Appends.Add(status.Value, new KeyValuePair<string, object?>("status", Word(status.Key)));
    }

    private static void Count(JournalRecord record)
    {
        switch (record.Event)
        {
            case CallDecided { Decision: var decision }:
                foreach (var rule in decision.RuleIds) Decisions.Add(1, new("environment", Of(record)), new("effect", Word(decision.Effect)), new("rule", rule));
                break;
            case CallThrottled throttled:
                Throttled.Add(1, new("environment", Of(record)), new("limit", throttled.Limit));
                break;
            case ExecutionFinished finished:
                Outcome(record, finished.Succeeded ? "succeeded" : "failed");
                break;
            case OutcomeUnknown:
                Outcome(record, "unknown");
                break;
            case CallDenied or CallExpired or CallCancelled or CallVoided:
                Voided.Add(1, new("environment", Of(record)), new("state", record.Kind["Call".Length..].ToLowerInvariant()));
                break;
            case ReviewRequested requested:
                ReviewsRequested.Add(1, new KeyValuePair<string, object?>("environment", requested.Environment));
                break;
            case VoteCast cast:
                Votes.Add(1, new KeyValuePair<string, object?>("decision", Word(cast.Vote.Decision)));
                break;
            case QuorumReached:
                Settled("approved");
                break;
            case ReviewDenied:
                Settled("denied");
                break;
            case ReviewExpired:
                Settled("expired");
                break;
            case ReviewCancelled:
                Settled("cancelled");
                break;
            case ApprovalVoided:
                Settled("voided");
                break;
        }
    }

    private static void Outcome(JournalRecord record, string state) => Outcomes.Add(1, new("environment", Of(record)), new("state", state));

    private static void Settled(string state) => ReviewsSettled.Add(1, new KeyValuePair<string, object?>("state", state));

    private static string Of(JournalRecord record) => record.Stream[(record.Stream.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
