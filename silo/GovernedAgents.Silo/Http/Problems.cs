using System.Collections.Frozen;
using System.Globalization;
using GovernedAgents.Contracts;

namespace GovernedAgents.Silo.Http;

/// <summary>The one table from a refusal's slug to what the API answers.</summary>
public static class Problems
{
    private static readonly FrozenDictionary<string, (int Status, string Title)> Table = new Dictionary<string, (int, string)>
    {
        ["unauthenticated"] = (401, "No valid token"),
        ["forbidden"] = (403, "Not allowed for this caller"),
        ["denied"] = (403, "The call was denied"),
        ["self-review"] = (403, "Nobody reviews a call of their own"),
        ["not-eligible"] = (403, "Not eligible for this review"),
        ["step-up-required"] = (403, "A fresh sign-in is required"),
        ["bad-request"] = (400, "The request cannot be read"),
        ["number-not-representable"] = (400, "A number cannot be held exactly"),
        ["duplicate-key"] = (400, "An object has a member twice"),
        ["lone-surrogate"] = (400, "A string is not valid Unicode"),
        ["too-deep"] = (400, "The JSON is nested too deeply"),
        ["not-found"] = (404, "Not found"),
        ["unknown-environment"] = (404, "No such environment"),
        ["unknown-tool"] = (404, "No such tool"),
        ["method-not-allowed"] = (405, "Method not allowed"),
        ["not-acceptable"] = (406, "No acceptable representation"),
        ["conflict"] = (409, "Not possible in the current state"),
        ["idempotency-key-reused"] = (409, "The idempotency key belongs to another request"),
        ["already-started"] = (409, "The call has already started"),
        ["already-decided"] = (409, "The review has ended"),
        ["stale-vote"] = (412, "The vote is about something else than what is there now"),
        ["too-large"] = (413, "The body is too large"),
        ["unsupported-media-type"] = (415, "The body is not JSON"),
        ["invalid-arguments"] = (422, "The arguments do not fit the tool"),
        ["invalid-policy"] = (422, "The policy has problems"),
        ["unknown-agent"] = (422, "No such agent"),
        ["precondition-required"] = (428, "If-Match is required"),
        ["throttled"] = (429, "Over a limit"),
        ["too-many-pending"] = (429, "Too many pending reviews"),
        ["intake-limit"] = (429, "Too many submissions"),
        ["headers-too-large"] = (431, "The headers are too large"),
        ["internal"] = (500, "The server failed"),
        ["unavailable"] = (503, "Not available now"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Slugs => Table.Keys;

    /// <summary>A slug that is not in the table is a fault of the server, told as such: never as success.</summary>
    public static int StatusOf(string slug) => (Table.TryGetValue(slug, out var known) ? known : Table["internal"]).Status;
    public static string TitleOf(string slug) => (Table.TryGetValue(slug, out var known) ? known : Table["internal"]).Title;

    public static IResult Of(string slug, string detail) => Of(new Refusal { Slug = slug, Detail = detail });

    public static IResult Of(Refusal refusal)
    {
        return new ProblemResult(new ProblemBody
        {
            Type = "/problems/" + refusal.Slug,
            Title = TitleOf(refusal.Slug),
            Status = StatusOf(refusal.Slug),
            Detail = refusal.Detail,
            Slug = refusal.Slug,
            CallId = refusal.CallId,
            RuleIds = refusal.RuleIds,
            PolicyVersion = refusal.PolicyVersion,
            RetryAfter = refusal.RetryAfter,
            Errors = refusal.Errors,
        });
    }

    public static IResult BadRequest(string detail, params IReadOnlyList<FieldError> errors) =>
        Of(new Refusal { Slug = "bad-request", Detail = detail, Errors = errors.Count == 0 ? null : errors });

    public static IResult NotFound(string detail) => Of("not-found", detail);
    public static IResult Forbidden(string detail) => Of("forbidden", detail);
    public static IResult Unavailable(string detail) => Of(new Refusal { Slug = "unavailable", Detail = detail, RetryAfter = TimeSpan.FromSeconds(1) });

    /// <summary>Retry-After counts whole seconds: rounded up, so that nobody returns too early.</summary>
    public static string WholeSeconds(TimeSpan wait) => Math.Max(0, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private sealed class ProblemResult(ProblemBody body) : IResult, IValueHttpResult<ProblemBody>
    {
        public ProblemBody Value => body;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = body.Status;
            if (body.RetryAfter is { } wait) response.Headers.RetryAfter = WholeSeconds(wait);
            return response.WriteAsJsonAsync(body, ApiJson.Options, "application/problem+json", httpContext.RequestAborted);
        }
    }
}
