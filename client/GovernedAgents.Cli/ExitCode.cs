using System.Net;
using GovernedAgents.Client;

namespace GovernedAgents.Cli;

/// <summary>What scripts may rely on.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    /// <summary>The call ran and its tool failed, or whether it had an effect is not known.</summary>
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Denied = 3;
    public const int Pending = 4;
    /// <summary>What was meant is no longer what is there: a stale vote, a decided approval, a voided or expired call.</summary>
    public const int Stale = 5;
    public const int Unavailable = 6;
    public const int VerificationFailed = 7;

    public static int Of(GovernedAgentsException fault) => fault switch
    {
        { IsUnavailable: true } or { Status: HttpStatusCode.TooManyRequests } => Unavailable,
        { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => Denied,
        { Slug: "idempotency-key-reused" } => Usage,
        { Status: HttpStatusCode.PreconditionFailed or HttpStatusCode.PreconditionRequired or HttpStatusCode.Conflict } => Stale,
        { Status: >= HttpStatusCode.BadRequest } => Usage,
        _ => Failed,
    };

    public static int Of(CallResult result) => result switch
    {
        CallExecuted { Succeeded: true } => Ok,
        CallExecuted or CallUnknown => Failed,
        CallPending => Pending,
        CallDenied => Denied,
        CallThrottled => Unavailable,
        CallEnded => Stale,
        CallPreviewed { Decision.Effect: DecisionEffect.Allow } => Ok,
        CallPreviewed { Decision.Effect: DecisionEffect.Review } => Pending,
        CallPreviewed { Decision.Effect: DecisionEffect.Deny } => Denied,
        CallPreviewed => Unavailable,
        _ => Failed,
    };
}
