using System.Globalization;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Silo.Http;

namespace GovernedAgents.Silo.Calls;

/// <summary>From a call to the status of its answer: one table for <c>POST /v1/calls</c>, one for reading.</summary>
public static class CallAnswers
{
    public static string TagOf(CallSnapshot call) => $"\"{call.Version.ToString(CultureInfo.InvariantCulture)}\"";

    public static IResult Read(HttpContext http, CallSnapshot call)
    {
        http.Response.Headers.ETag = TagOf(call);
        return Answers.Ok(CallBody.Of(call, Addresses.Of(http)));
    }

    public static IResult Submitted(HttpContext http, CallSnapshot call)
    {
        switch (call.State)
        {
            case CallStatus.Denied:
                return Problems.Of(new Refusal
                {
                    Slug = "denied",
                    Detail = call.Error?.Detail ?? (call.Decision.Reasons.Count > 0 ? string.Join(" ", call.Decision.Reasons) : $"Denied by {string.Join(", ", call.Decision.RuleIds)}."),
                    CallId = call.Id,
                    RuleIds = call.Decision.RuleIds,
                    PolicyVersion = call.Decision.PolicyVersion,
                });
            case CallStatus.Throttled:
                return Problems.Of(new Refusal
                {
                    Slug = "throttled",
                    Detail = call.Error?.Detail ?? (call.Decision.Reasons.Count > 0 ? string.Join(" ", call.Decision.Reasons) : $"Over the limit {string.Join(", ", call.Decision.RuleIds)}."),
                    CallId = call.Id,
                    RuleIds = call.Decision.RuleIds,
                    PolicyVersion = call.Decision.PolicyVersion,
                    RetryAfter = call.RetryAfter ?? TimeSpan.FromSeconds(1),
                });
            case CallStatus.Executing or CallStatus.PendingReview or CallStatus.Approved:
                http.Response.Headers.ETag = TagOf(call);
                http.Response.Headers.Location = $"/v1/calls/{call.Id}";
                http.Response.Headers.RetryAfter = Problems.WholeSeconds(call.RetryAfter ?? TimeSpan.FromSeconds(call.State == CallStatus.Executing ? 1 : 5));
                return Results.Json(CallBody.Of(call, Addresses.Of(http)), ApiJson.Options, statusCode: 202);
            // Ended without running (expired, cancelled, voided) or with an outcome: the call as it is.
            default:
                return Read(http, call);
        }
    }
}
