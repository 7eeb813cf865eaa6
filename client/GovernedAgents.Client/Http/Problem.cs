using System.Net;
using System.Text.Json;

namespace GovernedAgents.Client.Http;

/// <summary>The one mapping from a problem answer to the client's exception.</summary>
internal sealed record Problem
{
    public string? Title { get; init; }
    public string? Detail { get; init; }
    public string? Slug { get; init; }
    public string? CallId { get; init; }
    public IReadOnlyList<string>? RuleIds { get; init; }
    public IReadOnlyList<string>? Reasons { get; init; }
    public string? PolicyVersion { get; init; }
    public TimeSpan? RetryAfter { get; init; }
    public IReadOnlyList<FieldFault>? Errors { get; init; }

    /// <summary>Reads a refusal; a body that is no problem (a proxy's page) still gives a slug that says so.</summary>
    public static Problem Read(ApiAnswer answer)
    {
        try
        {
            if (answer.Body.Length > 0 && JsonSerializer.Deserialize<Problem>(answer.Body, WireJson.Options) is { Slug: { Length: > 0 } } problem) return problem;
        }
        catch (JsonException)
        {
            // Not our server's words; the status has to do.
        }

        var slug = answer.Status switch
        {
            HttpStatusCode.Unauthorized => "unauthorized",
            HttpStatusCode.Forbidden => "forbidden",
            HttpStatusCode.NotFound => "not-found",
            HttpStatusCode.TooManyRequests => "throttled",
            >= HttpStatusCode.InternalServerError => "unavailable",
            _ => "http-" + (int)answer.Status,
        };
        return new Problem { Slug = slug, Detail = $"The server answered {(int)answer.Status} without saying why; check that the address is GovernedAgents' own." };
    }

    public GovernedAgentsException ToException(ApiAnswer answer, string? idempotencyKey = null) => new(Slug!, answer.Status, Detail ?? Title ?? "No detail was given.")
    {
        Errors = Errors ?? [],
        CallId = CallId,
        RuleIds = RuleIds ?? [],
        RetryAfter = answer.RetryAfter ?? RetryAfter,
        IdempotencyKey = idempotencyKey,
    };
}
