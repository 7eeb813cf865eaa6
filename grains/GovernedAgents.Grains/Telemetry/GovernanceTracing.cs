using System.Diagnostics;
using GovernedAgents.Policy;

namespace GovernedAgents.Grains.Telemetry;

/// <summary>
/// One trace from the agent's request to the outcome. The submission's trace is kept in the journal with the call, so that a start hours later, on another silo, still
/// belongs to it; whoever caused that start (a reviewer's vote) is linked.
/// </summary>
public static class GovernanceTracing
{
    public const string SourceName = "GovernedAgents";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The running trace as W3C <c>traceparent</c>, or null when nothing is traced.</summary>
    internal static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Recorded: true } activity ? activity.Id : null;

    internal static Activity? Decide(string environment, string tool, string callId) => Source.StartActivity("call decide")
        ?.SetTag("governedagents.environment", environment).SetTag("governedagents.tool", tool).SetTag("governedagents.call", callId);

    internal static void Decided(Activity? activity, Decision decision)
    {
        if (activity is null) return;
        activity.SetTag("governedagents.decision", decision.Effect.ToString().ToLowerInvariant()).SetTag("governedagents.rules", string.Join(' ', decision.RuleIds))
            .SetTag("governedagents.policy_version", decision.PolicyVersion);
    }

    /// <param name="submission">The <c>traceparent</c> that was journaled with the call.</param>
    internal static Activity? Execute(string environment, string tool, string callId, string? submission, ActivityContext cause)
    {
        if (!Source.HasListeners()) return null;
        if (submission is null || !ActivityContext.TryParse(submission, null, isRemote: true, out var parent)) parent = cause;
        // A start in the submission's own trace hangs below what caused it; one that a vote caused is linked to the vote.
        var own = cause.TraceId == parent.TraceId;
        return Source.StartActivity("call execute", ActivityKind.Internal, own ? cause : parent, links: own || cause == default ? null : [new ActivityLink(cause)])
            ?.SetTag("governedagents.environment", environment).SetTag("governedagents.tool", tool).SetTag("governedagents.call", callId);
    }

    internal static void Ended(Activity? activity, string outcome, string? error)
    {
        if (activity is null) return;
        activity.SetTag("governedagents.outcome", outcome);
        if (error is not null) activity.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
    }
}
